"""What the channel takes from the worker, and what it refuses."""

from __future__ import annotations

import pytest
from bot_parts import DOMAIN
from hypothesis import given
from hypothesis import strategies as st
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.domain import Domain

from bot.errors import BadTurn
from bot.incoming import harmless_text, read_turn, structured_input

GOOD = {"message_sid": "SM1", "resident": "ana", "kind": "text", "text": "hola", "context": {}}


@given(st.text())
def test_no_text_reaches_rasa_as_a_command(text):
    message = UserMessage(harmless_text(text))
    assert not (message.text or "").startswith("/")


BLANKS = ("/", " ", "\u2003", "\u2028", "\x0b", "\x1f", "\x85", "\u3000", "\u2215", "\u200b", "\ud800")


@given(st.lists(st.sampled_from(BLANKS), min_size=1).map("".join), st.sampled_from(["restart", 'inform{"a": 1}', ""]))
def test_no_blank_hides_a_command(before, command):
    """Rasa strips every blank of Unicode: "/", an em space and "/restart" was its command."""
    message = UserMessage(harmless_text(before + command))
    text = message.text or ""
    assert not text.startswith("/")
    assert text.encode("utf-8").decode() == text


@given(st.text(min_size=1).map(lambda text: "/" + text))
def test_words_after_a_slash_are_kept(text):
    kept = harmless_text(text)
    assert kept == "\u2215" or kept in __import__("unicodedata").normalize("NFC", text)


@pytest.mark.parametrize(
    "change",
    [
        {"message_sid": ""},
        {"message_sid": None},
        {"resident": 5},
        {"resident": "\ud800"},
        {"kind": "poem"},
        {"text": 5},
        {"context": []},
        {"kind": "location"},
        {"kind": "location", "location": {"latitude": "-34.6", "longitude": -58.4}},
        {"kind": "location", "location": {"latitude": 134, "longitude": 0}},
        {"payload": {}},
        {"media": "x"},
        {"kind": "location", "location": {"latitude": True, "longitude": 0}},
    ],
)
def test_a_malformed_turn_is_refused(change):
    with pytest.raises(BadTurn):
        read_turn({**GOOD, **change})


def test_a_payload_nested_without_end_is_refused():
    turn = read_turn({**GOOD, "kind": "button", "payload": '/inform{"dni": ' + "[" * 100_000})
    with pytest.raises(BadTurn):
        structured_input(turn, Domain.from_yaml(DOMAIN))


@pytest.mark.parametrize("body", [None, [], "x"])
def test_a_body_that_is_no_object_is_refused(body):
    with pytest.raises(BadTurn):
        read_turn(body)


def test_what_is_not_given_may_be_left_out():
    turn = read_turn({"message_sid": "SM1", "resident": "ana", "kind": "text"})
    assert (turn.text, turn.payload, turn.location, dict(turn.media)) == ("", None, None, {})


@pytest.mark.parametrize("kind", ["image", "audio", "video", "document", "sticker", "contact", "unknown"])
def test_every_medium_without_words_has_an_intent(kind):
    structured = structured_input(read_turn({**GOOD, "kind": kind, "text": None}), Domain.from_yaml(DOMAIN))
    assert (structured.intent, structured.entities) == ("send_media", {"media_kind": kind})
