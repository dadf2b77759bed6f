"""Hours later: what was left half-way is offered, taken up on request, or left for good."""

from __future__ import annotations

import pytest

from tests.conversation.chat import Chat
from tests.conversation.running import Latido
from tests.conversation.test_interruptions import at_home, with_appointment
from tests.conversation.test_prenatal_appointment import OPENING, up_to_offers

HOURS = 3.0


def half_way(chat: Chat) -> Chat:
    return chat.says(OPENING).taps("Sí, acepto").taps("Sacar turno").says("30.111.222").sees("¿Cuántos años tenés?")


def test_a_greeting_offers_to_go_on(latido: Latido, ana: Chat) -> None:
    half_way(ana)
    latido.lets_hours_pass(ana.number, HOURS)
    ana.says("hola").sees("¡Hola de nuevo!", "tu turno a medio sacar", "¿Seguimos?")
    ana.taps("Sí, seguimos").sees("¿Cuántos años tenés?").does_not_see("DNI")
    ana.says("24").sees("¿Tenés presión alta")


@pytest.mark.parametrize("words", ["seguir", "quiero seguir con el turno", "sigamos"])
def test_on_request(latido: Latido, ana: Chat, words: str) -> None:
    half_way(ana)
    latido.lets_hours_pass(ana.number, HOURS)
    ana.says(words).sees("¿Cuántos años tenés?").does_not_see("acepto")


def test_with_the_answer_itself(latido: Latido, ana: Chat) -> None:
    half_way(ana)
    latido.lets_hours_pass(ana.number, HOURS)
    ana.says("tengo 24 años").does_not_see("no te entendí", "acepto")
    if "¿Tenés presión alta" not in ana.answer:
        ana.taps("Sí, seguimos") if "Sí, seguimos" in ana.choices else ana.says("seguir")
    ana.sees("¿")


def test_anew(latido: Latido, ana: Chat) -> None:
    half_way(ana)
    latido.lets_hours_pass(ana.number, HOURS)
    ana.says("hola").taps("Empezar de nuevo").sees("¿Con qué te ayudo?")
    ana.says("seguir").sees("No tengo nada a medio hacer")


def test_something_else_first(latido: Latido, ana: Chat) -> None:
    half_way(ana)
    latido.lets_hours_pass(ana.number, HOURS)
    ana.says("es gratis?").sees("no hace falta obra social").does_not_see("¿Cuántos años")
    ana.says("estoy sangrando mucho").sees("107")
    ana.says("seguir").sees("¿Cuántos años tenés?")


def test_the_times_are_looked_up_again(latido: Latido, ana: Chat) -> None:
    up_to_offers(ana)
    latido.lets_hours_pass(ana.number, HOURS)
    ana.says("hola").taps("Sí, seguimos").sees("Más horarios").taps_first_slot()
    if "¿Lo confirmo?" not in ana.answer:  # somebody took it meanwhile
        ana.sees("ya no está").taps_first_slot()
    ana.taps("Sí, confirmar").sees("¡Listo!")


def test_a_time_of_hours_ago_is_tapped(latido: Latido, ana: Chat) -> None:
    up_to_offers(ana)
    latido.lets_hours_pass(ana.number, HOURS)
    ana.taps_first_slot().does_not_see("no te entendí", "problema")
    if "¿Lo confirmo?" not in ana.answer:
        ana.taps_first_slot()
    ana.sees("¿Lo confirmo?")


@pytest.mark.parametrize(
    ("opening", "question", "offered"),
    [
        ("necesito un turno para mi bebe", "¿Cómo se llama?", "el turno de tu bebé"),
        ("busco un centro de salud", "¿Por dónde vivís?", "buscando tu centro de salud"),
        ("quiero anotar a mi bebé", "¿Cómo se llama?", "anotando a tu bebé"),
        ("ya nació mi bebé", "¿Qué día nació?", "anotando el nacimiento"),
        ("necesito una guardería para mi nene", "¿Qué edad tiene?", "centro de primera infancia"),
        ("me trataron muy mal en la salita", "¿En qué CeSAC fue?", "cómo te atendieron"),
        ("borrar mis datos", "¿Lo borro?", "todavía no borré nada"),
    ],
)
def test_every_other_journey(latido: Latido, ana: Chat, opening: str, question: str, offered: str) -> None:
    at_home(ana).says(opening).sees(question)
    latido.lets_hours_pass(ana.number, HOURS)
    ana.says("buenas").sees("¡Hola de nuevo!", offered, "¿Seguimos?")
    ana.taps("Sí, seguimos").sees(question)


def test_a_change_left_half_way_leaves_the_appointment_alone(latido: Latido, ana: Chat) -> None:
    with_appointment(ana).says("quiero cambiar mi turno").taps_first_slot().sees("¿Lo cambio?")
    latido.lets_hours_pass(ana.number, HOURS)
    ana.says("hola").sees("otro horario", "sigue como estaba", "¿Seguimos?")
    assert len(ana.appointments) == 1
    ana.taps("Sí, seguimos").taps_first_slot().taps("Sí, cambiarlo").sees("Ahora tenés turno")
    assert len(ana.appointments) == 1


def test_the_checkups_asked_about_hours_ago(latido: Latido, ana: Chat) -> None:
    at_home(ana).says("cuantos controles tengo que hacerme en el embarazo").sees("¿De cuánto estás?")
    latido.lets_hours_pass(ana.number, HOURS)
    ana.says("buenas").sees("los controles").taps("Sí, seguimos").sees("¿De cuánto estás?")
