"""What operators must know of a turn: what she meant, and what was promised to her."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rasa.shared.core.events import ActionExecuted, BotUttered, UserUttered
from rasa.shared.utils.io import read_yaml_file

from bot.answer import FLAG_OF_RESPONSE, answer_of

DOMAIN = Path(__file__).resolve().parents[3] / "domain.yml"
PROMISE = re.compile(r"una persona del equipo|la lea una persona|para que alguien lo lea|va a leer", re.IGNORECASE)


def flags(intent: str, *said: str) -> list[str]:
    message = UserUttered("…", intent={"name": intent, "confidence": 1.0}, message_id="SM1")
    answers = [BotUttered("…", metadata={"utter_action": name}) for name in said]
    return answer_of([message, ActionExecuted("action_x"), *answers], 0)["flags"]


@pytest.mark.parametrize(
    ("intent", "said", "expected"),
    [
        ("greet", ["utter_greet"], []),
        ("nlu_fallback", ["utter_fallback_rephrase"], ["not_understood"]),
        ("nlu_fallback", ["utter_fallback_person"], ["not_understood", "wants_person"]),
        ("ask_human", ["utter_ask_human"], ["wants_person"]),
        ("ask_documents", ["utter_care_refused"], ["wants_person"]),
        ("give_feedback", ["utter_feedback_complaint"], ["feedback"]),
        ("danger_sign", ["utter_danger_sign"], ["danger"]),
    ],
)
def test_flags_come_from_what_she_meant_and_from_what_was_said(
    intent: str, said: list[str], expected: list[str]
) -> None:
    assert flags(intent, *said) == expected


def test_every_response_that_promises_a_reader_reaches_the_operators() -> None:
    responses = read_yaml_file(DOMAIN)["responses"]
    promising = {
        name for name, variants in responses.items() for variant in variants if PROMISE.search(variant.get("text", ""))
    }
    assert promising
    assert promising <= set(FLAG_OF_RESPONSE)
