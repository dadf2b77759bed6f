"""Workshops, of which nobody publishes a list, and tips on sleep, feeding and crying with their source."""

from __future__ import annotations

import pytest

from tests.conversation.chat import Chat


@pytest.fixture
def ana(ana: Chat) -> Chat:
    ana.says("hola").taps("Sí, acepto")
    return ana


def test_workshops_are_asked_of_the_nearest_centre(ana: Chat) -> None:
    ana.says("hay curso de preparto?").sees("No hay una lista pública")
    ana.taps("Buscar mi CeSAC").says("san telmo").sees("CeSAC N° 15")
    ana.says("y talleres para embarazadas?").sees("CeSAC N° 15", "2821-3615")
    ana.taps("Avisame cuando haya").sees("Anoté", "Todavía no mando")


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("mi bebe puede dormir boca abajo?", "boca arriba"),
        ("cada cuanto le doy la teta", "cada vez que pide"),
        ("puede comer miel mi bebe", "nada de miel"),
        ("que le doy de comer a los 6 meses", "carne bien cocida"),
    ],
)
def test_a_tip_names_its_source(ana: Chat, question: str, answer: str) -> None:
    ana.says(question).sees(answer, "Fuente:")


def test_topics_to_choose_from(ana: Chat) -> None:
    ana.says("consejos de crianza").sees("¿Sobre qué tema?", "Dormir seguro")
    ana.taps("Baño y ombligo").sees("cordón", "Fuente:")
    ana.taps("Otro tema").sees("¿Sobre qué tema?")


def test_a_baby_who_is_unwell_gets_no_tip(ana: Chat) -> None:
    ana.says("mi bebe de 10 dias tiene 39 de fiebre y no quiere la teta").sees("107").does_not_see("Fuente:")
