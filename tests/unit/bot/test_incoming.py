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
