"""Few messages, none too long, nothing lost and nothing out of order."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from latido.messaging.bubbles import LONGEST_BODY, LONGEST_TEXT, merge_bubbles, split_text
from latido.messaging.messages import Button, Location, Reply

BUTTONS = (Button("Sí", "/affirm"), Button("No", "/deny"))


def test_texts_of_one_turn_become_one_message_with_the_buttons_after_them() -> None:
    merged = merge_bubbles(
        [Reply("text", "Hola."), Reply("text", "Soy Latido."), Reply("quick_reply", "¿Seguimos?", BUTTONS)]
    )
    assert merged == [Reply("quick_reply", "Hola.\n\nSoy Latido.\n\n¿Seguimos?", BUTTONS)]


def test_a_pin_and_buttons_keep_their_own_message() -> None:
    pin = Reply("location", "CeSAC 15", location=Location(-34.6, -58.4))
    ask = Reply("quick_reply", "¿Te sirve?", BUTTONS)
    assert merge_bubbles([Reply("text", "Acá:"), pin, ask, Reply("text", "Gracias")]) == [
        Reply("text", "Acá:"),
        pin,
        ask,
        Reply("text", "Gracias"),
    ]


def test_a_body_too_long_for_buttons_goes_before_them() -> None:
    long = "Una frase corta. " * 100
    merged = merge_bubbles([Reply("quick_reply", long.strip(), BUTTONS)])
    assert [reply.kind for reply in merged[-1:]] == ["quick_reply"]
    assert all(reply.kind == "text" for reply in merged[:-1])
    assert merged[-1].buttons == BUTTONS
    assert len(merged[-1].text) <= LONGEST_BODY


@given(st.text(alphabet="abc ñ.\n", max_size=6000))
def test_splitting_loses_no_word_and_keeps_the_limit(text: str) -> None:
    parts = split_text(text, 160)
    assert all(len(part) <= 160 for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


@given(st.lists(st.text(alphabet="abc .", min_size=1, max_size=900), max_size=6))
def test_merging_keeps_every_text_in_order_and_within_the_limit(texts: list[str]) -> None:
    merged = merge_bubbles([Reply("text", text) for text in texts])
    assert all(len(reply.text) <= LONGEST_TEXT for reply in merged)
    assert "".join("".join(reply.text for reply in merged).split()) == "".join("".join(texts).split())
