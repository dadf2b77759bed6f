"""Papers and money: nobody is refused, priced, or asked where she is from."""

from __future__ import annotations

import pytest

from tests.conversation.chat import Chat
from tests.conversation.running import Latido


@pytest.fixture
def ana(ana: Chat) -> Chat:
    ana.says("hola").taps("Sí, acepto")
    return ana


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("no tengo dni tengo la precaria me atienden igual?", "Andá igual"),
        ("soy extranjera que documentos me piden", "Andá igual"),
        ("que tengo que llevar al primer control", "Llevá el DNI si tenés"),
        ("tengo 15 y mi mamá no sabe, puedo ir igual?", "102"),
        ("es gratis?", "no hace falta obra social"),
        ("me cobran por ser extranjera?", "Sacá el turno igual"),
        ("no tengo obra social", "No hace falta tener obra social"),
    ],
)
def test_questions(ana: Chat, question: str, answer: str) -> None:
    ana.says(question).sees(answer).does_not_see("$", "no te corresponde")


def test_who_was_turned_away_reaches_a_person(latido: Latido, ana: Chat) -> None:
    ana.says("me dijeron que no me atienden porque no tengo dni").sees("persona del equipo", "107")
    assert any("wants_person" in row.flags for row in latido.log_of(ana.number))


def test_in_the_middle_of_a_booking(ana: Chat) -> None:
    ana.says("quiero un turno, estoy embarazada de 5 meses").says("me cobran algo?")
    ana.sees("no hace falta obra social", "DNI")
