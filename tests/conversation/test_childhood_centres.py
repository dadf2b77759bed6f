"""A place for a small child: by age and neighbourhood, with what nobody publishes said as unknown."""

from __future__ import annotations

import pytest

from tests.conversation.chat import Chat


@pytest.fixture
def ana(ana: Chat) -> Chat:
    ana.says("hola").taps("Sí, acepto")
    return ana


def test_age_and_place_are_asked_one_by_one(ana: Chat) -> None:
    ana.says("necesito una guardería para mi nene").sees("¿Qué edad tiene?")
    ana.says("8 meses").sees("¿Por dónde vivís?").does_not_see("edad")
    ana.says("villa lugano").sees(
        "centros de primera infancia", "Villa Lugano", "CEDI Copello", "45 días", "si hay lugar"
    )
    ana.taps("Ver en el mapa").sees("CEDI Copello")


def test_all_in_one_message(ana: Chat) -> None:
    ana.says("busco jardin maternal para mi bebe de 8 meses en barracas").sees("más cercanos a Barracas", "👶", "☎️")
    ana.does_not_see("¿Qué edad")


def test_too_young_and_too_old(ana: Chat) -> None:
    ana.says("busco un jardin maternal, mi bebe tiene 20 dias").says("flores").sees("45 días", "a partir de")
    ana.says("y jardin para mi hija de 5 años").sees("escuela", "147")


def test_another_zone_and_a_question_in_between(ana: Chat) -> None:
    ana.says("centro de primera infancia para mi hija de 2 años").says("es gratis?").sees(
        "pública", "¿Por dónde vivís?"
    )
    ana.says("pompeya").sees("Nueva Pompeya")
    ana.taps("Otra zona").says("la boca").sees("más cercanos a La Boca")
