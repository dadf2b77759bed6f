"""Where children are born: the nearest hospitals with a maternity, and what that knowledge rests on."""

from __future__ import annotations

import pytest

from tests.conversation.chat import Chat


@pytest.fixture
def ana(ana: Chat) -> Chat:
    ana.says("hola").taps("Sí, acepto")
    return ana


@pytest.mark.parametrize(
    "question",
    [
        "qué hospital tiene maternidad cerca de parque patricios?",
        "donde nacen los bebes cerca, vivo en parque patricios",
    ],
)
def test_the_nearest_maternities_with_how_sure_that_is(ana: Chat, question: str) -> None:
    ana.says(question).sees("con maternidad", "Sardá", "Registro Civil", "confirmalo con tu equipo", "estimados", "107")


def test_a_hospital_when_the_place_is_not_known_yet(ana: Chat) -> None:
    ana.says("que hospital me queda cerca").sees("¿Por dónde vivís?")
    ana.says("once").sees("Los hospitales más cercanos", "tiene maternidad", "guardia")


def test_the_hospital_of_a_centre_where_no_child_is_born(ana: Chat) -> None:
    ana.says("de que hospital depende la salita 43").sees(
        "Hospital de referencia", "Grierson", "Para el parto, la más cercana"
    )
