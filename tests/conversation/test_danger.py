"""A danger sign is answered at once, whatever else was going on, and a person is told."""

from __future__ import annotations

import pytest
from sqlalchemy import text as sql

from tests.conversation.chat import Chat
from tests.conversation.running import Latido
from tests.conversation.test_prenatal_appointment import OPENING, up_to_offers


@pytest.mark.parametrize(
    ("text", "number", "alert"),
    [
        ("estoy sangrando mucho", "107", "danger"),
        ("se me rompio la fuente que hago", "107", "danger"),
        ("no siento al bebe desde ayer", "107", "danger"),
        ("mi bb tiene 12 dias y esta amarillito no quiere la teta", "107", "danger"),
        ("mi marido me pega, tengo miedo", "144", "violence"),
        ("me quiero morir", "0800-333-1665", "self_harm"),
    ],
)
def test_the_right_number_at_once(latido: Latido, ana: Chat, text: str, number: str, alert: str) -> None:
    ana.says(text).sees(number)
    assert ana.answer.index(number) < 120
    [inbound] = [row for row in latido.log_of(ana.number) if row.direction == "in"]
    assert inbound.urgent
    assert alert in latido.alerts_of(ana.number)


@pytest.mark.parametrize("steps", [0, 1, 2, 3])
def test_in_the_middle_of_a_form_and_then_the_journey_goes_on(latido: Latido, ana: Chat, steps: int) -> None:
    ana.says(OPENING).taps("Sí, acepto").taps("Sacar turno")
    for answer in ("30.111.222", "24", "no")[:steps]:
        ana.says(answer)
    question = ana.answer
    ana.says("pará, estoy perdiendo líquido").sees("107").does_not_see(question.splitlines()[-1])
    assert "danger" in latido.alerts_of(ana.number)
    ana.says("seguir")
    ana.sees(*(line for line in question.splitlines() if line.startswith("¿")))


def test_while_choosing_a_time(ana: Chat) -> None:
    up_to_offers(ana).says("tengo mucha fiebre y contracciones fuertes").sees("107")


def test_denied_signs_do_not_alarm(latido: Latido, ana: Chat) -> None:
    ana.says("no estoy sangrando, solo quiero un turno")
    assert "danger" not in latido.alerts_of(ana.number)


def test_a_loss_is_answered_with_care_and_stops_the_booking(ana: Chat) -> None:
    ana.says(OPENING).taps("Sí, acepto").taps("Sacar turno")
    ana.says("perdi el embarazo no me manden mas")
    ana.does_not_see("DNI", "¡", "🎉")


PATIENCE = 60.0


def asked_now(latido: Latido, chat: Chat) -> Chat:
    """Let the hours pass after which Latido asks whether she could go."""
    due = sql("UPDATE danger_follow_up SET due_at = now() WHERE resident = :resident AND state = 'waiting'")
    with latido.engine.begin() as connection:
        connection.execute(due, {"resident": latido.vault.resident_key(chat.number)})
    chat.phone.waits_for("¿Pudiste ir a la guardia?", timeout=PATIENCE)
    return chat


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("hola queria cambiar el turno del jueves y otra cosa desde anoche me sale un poquito de sangre", "107"),
        ("mi cuñada esta de 8 meses y se le hincho la cara y ve lucecitas", "107"),
        ("no puedo hablar esta mi marido", "144"),
        ("mi bebe estaria mejor sin mi", "0800-333-1665"),
    ],
)
def test_said_with_hesitation_by_others_or_in_passing(ana: Chat, text: str, number: str) -> None:
    ana.says(text).sees(number)


def test_where_she_lives_is_known_so_is_the_nearest_maternity(ana: Chat) -> None:
    ana.says("hola").taps("Sí, acepto")
    ana.says("vivo en barracas y estoy sangrando").sees("107", "maternidad más cercana", "🏥")
    assert ana.answer.index("107") < ana.answer.index("🏥")


@pytest.mark.parametrize(
    "text",
    [
        "que hago si le da fiebre despues de la vacuna",
        "me muero de ganas de saber si es nena",
        "me siento muy mal por el trato en la salita",
        "el año pasado tuve un sangrado y salio todo bien, quiero un turno",
        "que llevo en la bolsa para el parto",
    ],
)
def test_what_only_sounds_like_danger_raises_no_alarm(latido: Latido, ana: Chat, text: str) -> None:
    ana.says(text)
    assert "danger" not in latido.alerts_of(ana.number)


def test_hours_later_she_is_asked_whether_she_could_go(latido: Latido, ana: Chat) -> None:
    ana.says("estoy sangrando mucho").sees("107")
    asked_now(latido, ana).taps("Sí, ya fui").sees("Gracias por contarme", "Hablar con alguien")
    assert latido.alerts_of(ana.number).count("danger") == 1


def test_who_could_not_go_hears_the_number_again_and_a_person_is_told(latido: Latido, ana: Chat) -> None:
    ana.says("estoy sangrando mucho").sees("107")
    asked_now(latido, ana).taps("No pude").sees("107", "Ya le avisé a una persona")
    assert latido.alerts_of(ana.number).count("danger") == 2


def test_after_violence_the_screen_is_like_any_other(latido: Latido, ana: Chat) -> None:
    ana.says("mi marido me pega").sees("144", "911").does_not_see("violencia")
    ana.taps("Borrar este chat").sees("Eliminar").does_not_see("144")
    ana.says("chau").sees("Los horarios de cada CeSAC").does_not_see("144")
    assert "violence" in latido.alerts_of(ana.number)
