"""What is no answer, no text or no sense gets a kind way on, and loses nothing."""

from __future__ import annotations

import pytest

from tests.conversation.chat import Chat
from tests.conversation.running import Latido
from tests.conversation.test_prenatal_appointment import OPENING


def test_first_other_words_then_the_menu_then_a_person(latido: Latido, ana: Chat) -> None:
    ana.says("hola").taps("Sí, acepto")
    ana.says("xkcd qwerty zzz").sees("Por ejemplo")
    ana.says("blorp blarp").sees("Turno de embarazo", "Mis turnos")
    ana.says("fnord fnord").sees("persona", "147")
    assert "wants_person" in latido.alerts_of(ana.number) or any(
        "not_understood" in row.flags for row in latido.log_of(ana.number)
    )


def test_understanding_again_starts_the_count_anew(ana: Chat) -> None:
    ana.says("hola").taps("Sí, acepto")
    ana.says("xkcd qwerty zzz").sees("Por ejemplo")
    ana.says("es gratis?")
    ana.says("blorp blarp").sees("Por ejemplo")


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("audio", "audio"),
        ("image", "foto"),
        ("sticker", "stickers"),
        ("contact", "abrir"),
        ("document", "abrir"),
        ("video", "abrir"),
    ],
)
def test_what_we_cannot_read_is_said_kindly_and_the_place_is_kept(ana: Chat, kind: str, said: str) -> None:
    ana.says(OPENING).taps("Sí, acepto").taps("Sacar turno").sees("DNI")
    ana.sends(kind).sees(said)
    ana.says("30.111.222").sees("¿Cuántos años tenés?")


def test_a_caption_is_read(ana: Chat) -> None:
    ana.sends("image", caption="estoy sangrando").sees("107")


def test_an_answer_that_is_none_is_asked_again_with_an_example_and_then_another_way(ana: Chat) -> None:
    ana.says("quiero turno, estoy embarazada, vivo en flores").taps("Sí, acepto")
    if "Para mí" in ana.choices:
        ana.taps("Para mí")
    ana.says("30111222").sees("¿De cuánto estás?")
    ana.says("blorp").sees("Por ejemplo")
    ana.says("blorp blorp")
    ana.says("blorp blorp blorp").sees("147")
    ana.says("14 semanas").sees("14 semanas")


@pytest.mark.parametrize("age", ["99 semanas", "me vino el 30/02", "me vino el 1/1/2031"])
def test_impossible_weeks_and_dates_are_asked_again_and_lose_nothing(ana: Chat, age: str) -> None:
    ana.says("quiero turno, estoy embarazada, vivo en flores").taps("Sí, acepto")
    if "Para mí" in ana.choices:
        ana.taps("Para mí")
    ana.says("30111222").sees("¿De cuánto estás?")
    ana.says(age).does_not_see("¿Cuántos años").says("4 meses").sees("14 a 17 semanas")


def test_a_rant_of_sixteen_hundred_signs_is_answered(ana: Chat) -> None:
    ana.says("hola").taps("Sí, acepto")
    ana.says(("no me atienden nunca en ningun lado y siempre lo mismo " * 40)[:1600])
    assert ana.answer


def test_something_unknown_and_an_empty_message_are_answered(ana: Chat) -> None:
    ana.says("hola").taps("Sí, acepto")
    ana.phone.sends_something_unknown()
    assert ana.phone.waits_for_reply()
