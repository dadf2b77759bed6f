"""A danger sign is answered at once, whatever else was going on, and a person is told."""

from __future__ import annotations

import pytest

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
