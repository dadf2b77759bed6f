"""She told something wrong, or thinks better of it: what she says now counts, and nothing is asked twice."""

from __future__ import annotations

import pytest

from tests.conversation.chat import Chat
from tests.conversation.test_interruptions import at_home
from tests.conversation.test_prenatal_appointment import OPENING, up_to_offers


def up_to_the_age(chat: Chat) -> Chat:
    chat.says(OPENING).taps("Sí, acepto").taps("Sacar turno").sees("18 a 22 semanas")
    return chat.says("30.111.222").sees("¿Cuántos años tenés?")


@pytest.mark.parametrize(
    "words", ["no, perdón, estoy de 4 meses", "uy me equivoqué, son 4 meses", "en realidad estoy de 4 meses"]
)
def test_the_weeks(ana: Chat, words: str) -> None:
    up_to_the_age(ana).says(words).sees("14 a 17 semanas", "¿Cuántos años tenés?")
    ana.says("24").sees("¿Tenés presión alta")


@pytest.mark.parametrize("words", ["me equivoqué de dni, es 31.222.333", "perdón, el dni es 31222333"])
def test_the_document(ana: Chat, words: str) -> None:
    up_to_the_age(ana).says(words).sees("¿Cuántos años tenés?").does_not_see("31222333", "31.222.333")


def test_the_document_turned_up_after_all(ana: Chat) -> None:
    ana.says(OPENING).taps("Sí, acepto").taps("Sacar turno").taps("No tengo DNI").sees("¿Cuántos años tenés?")
    ana.says("encontré el dni: 30111222").sees("¿Cuántos años tenés?")


def test_the_place_before_and_after_the_times_are_shown(ana: Chat) -> None:
    up_to_the_age(ana).says("no, me equivoqué, vivo en boedo").sees("¿Cuántos años tenés?")
    ana.says("24").taps("No").taps("No").sees("cerca de Boedo")
    ana.says("perdón, vivo en flores").sees("cerca de Flores")


def test_her_age_and_her_earlier_checkups(ana: Chat) -> None:
    up_to_the_age(ana).says("24").sees("¿Tenés presión alta")
    ana.says("perdón, tengo 17 años").sees("¿Tenés presión alta")
    ana.taps("No").taps("No").sees("a tu edad conviene")


def test_for_whom(ana: Chat) -> None:
    at_home(ana).says("quiero un turno de embarazo").taps("Para mí").sees("tu número de DNI")
    ana.says("no, perdón, es para mi hermana").sees("¿Cómo se llama?")
    ana.says("Rosa").sees("su número de DNI")


def test_the_name_of_the_one_it_is_for(ana: Chat) -> None:
    at_home(ana).says("quiero un turno para mi hermana que esta embarazada").sees("¿Cómo se llama?")
    ana.says("Rosa").sees("su número de DNI")
    ana.says("me equivoqué de nombre").sees("¿Cómo se llama?")
    ana.says("Rosalía").sees("su número de DNI")


def test_no_me_equivoque_es_el_lunes(ana: Chat) -> None:
    """ "No, me equivoqué, es el lunes", at the summary: the times of Monday"""
    up_to_offers(ana).taps_first_slot().sees("¿Lo confirmo?")
    ana.says("no, me equivoqué, es el lunes").sees("Más horarios").does_not_see("¿Lo confirmo?")
    assert all(time.startswith("Lun") for time in ana.slots_shown)
    ana.taps_first_slot().sees("lunes", "¿Lo confirmo?")


def test_a_babys_birthday(ana: Chat) -> None:
    at_home(ana).says("turno para mi bebe").says("Luca").says("el 20 de septiembre").sees("DNI")
    ana.says("no, me equivoqué, nació el 21 de septiembre").sees("DNI")
    ana.taps("En trámite").says("barracas").sees("Más horarios")
    ana.says("salir")
    ana.says("MIS DATOS").sees("Luca, nacimiento: 21 de septiembre").does_not_see("20 de septiembre")


def test_only_that_something_is_wrong(ana: Chat) -> None:
    up_to_the_age(ana).says("uy me equivoqué").sees("lo cambiamos", "Decime cómo es", "¿Cuántos años tenés?")
    ana.says("puse mal los meses").sees("¿De cuánto estás?")
    ana.says("4 meses").sees("14 a 17 semanas", "¿Cuántos años tenés?")


def test_a_yes_taken_back(ana: Chat) -> None:
    up_to_offers(ana).taps_first_slot().taps("Sí, confirmar").sees("¡Listo!")
    ana.says("no, me equivoqué, no puedo ese día").does_not_see("¡Listo!")
    ana.says("quiero cancelar el turno").taps("Sí, cancelar").sees("cancelé")
    assert ana.appointments == []
