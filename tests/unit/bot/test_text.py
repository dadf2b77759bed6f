"""Chat Spanish made comparable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.text import fold, sound, words_of
from bot.nlu.tokenizer import ChatTokenizer


@given(st.text())
def test_folding_keeps_every_position(text):
    assert len(fold(text)) == len(text)


@given(st.text())
def test_words_stand_where_they_say(text):
    for word in words_of(text):
        assert 0 <= word.start < word.end <= len(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("¡Holaaa!", ["hola"]),
        ("xq no puedo", ["porque", "no", "puedo"]),
        ("onda,necesito p/mañana", ["onda", "necesito", "p", "manana"]),
        ("turno-pediatría", ["turno", "pediatria"]),
        ("x favor 👶", ["por", "favor", "bebe"]),
        ("tel:43020059", ["telefono", "43020059"]),
        ("👍🏽", ["dale"]),
    ],
)
def test_words_of_a_chat(text, words):
    assert [word.text for word in words_of(text)] == words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("embarazada", "enbarasada"),
        ("cesac", "sesac"),
        ("varracas", "barracas"),
        ("hijo", "ijo"),
        ("quiero", "kiero"),
        ("llamar", "yamar"),
        ("guiso", "guizo"),
    ],
)
def test_words_that_sound_the_same(one, other):
    assert sound(one) == sound(other)


@pytest.mark.parametrize(("one", "other"), [("casa", "caza2"), ("pelo", "perro"), ("hola", "cola")])
def test_words_that_do_not(one, other):
    assert sound(one) != sound(other)


def test_tokens_carry_their_place():
    text = "tmb necesito p/mañana"
    message = Message(data={"text": text})
    tokens = ChatTokenizer.create(ChatTokenizer.get_default_config(), None, None, None).tokenize(message, "text")
    assert [text[token.start : token.end] for token in tokens] == ["tmb", "necesito", "p", "mañana"]
