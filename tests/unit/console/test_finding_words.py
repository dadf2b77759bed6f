"""How a search forgives what is written by ear or in a hurry."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from latido.console.finding.words import LONGEST, fold, may_be_meant, sound, sounds_of, steps_between, words_of

LETTERS = st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=5, max_size=12)


def test_words_are_folded_and_without_signs() -> None:
    assert words_of("¿Cuándo me toca, Señora? ¡El 3º CONTROL!") == [
        "cuando",
        "me",
        "toca",
        "senora",
        "el",
        "3o",
        "control",
    ]
    assert words_of("x" * 90) == ["x" * LONGEST]
    assert words_of("💛 …") == []


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        ("embarazada", "envarasada"),
        ("embarazada", "hembarasada"),
        ("vacuna", "bakuna"),
        ("quiero", "kiero"),
        ("llamar", "yamar"),
        ("cesarea", "sesaria"),
        ("ecografia", "ecofrafia"),
        ("turno", "tunro"),
        ("turno", "turnos"),
        ("ginecologa", "jinecologa"),
        ("hospital", "ospital"),
    ],
)
def test_what_sounds_alike_or_is_a_slip_of_the_finger_is_meant(asked: str, written: str) -> None:
    assert may_be_meant(asked, written)
    assert may_be_meant(written, asked)


@pytest.mark.parametrize(
    ("asked", "written"), [("casa", "mesa"), ("mama", "papa"), ("turno", "tarde"), ("si", "su"), ("bebe", "debo")]
)
def test_other_words_are_not(asked: str, written: str) -> None:
    assert not may_be_meant(asked, written)


@given(LETTERS, st.data())
def test_a_word_with_one_slip_shares_a_sound_with_the_right_one(word: str, data: st.DataObject) -> None:
    heard = sound(word)
    if len(heard) < 4:
        return
    place = data.draw(st.integers(0, len(heard) - 1))
    other = data.draw(st.sampled_from("aeiou"))
    for slip in (heard[:place] + heard[place + 1 :], heard[:place] + other + heard[place + 1 :]):
        near = {slip, *(slip[:one] + slip[one + 1 :] for one in range(len(slip)))}
        assert near & sounds_of(word)


@given(LETTERS, LETTERS)
def test_steps_are_the_same_in_both_directions(one: str, other: str) -> None:
    assert steps_between(one, other) == steps_between(other, one)
    assert (steps_between(one, other) == 0) == (one == other)


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert words_of(fold(text)) == words_of(text)
