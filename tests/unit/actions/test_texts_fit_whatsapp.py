"""Every response of the domain fits WhatsApp's limits, and every response that an action names exists."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from actions.first_contact import HARMLESS
from actions.journey import ANSWERED
from actions.prenatal import QUESTIONS

ROOT = Path(__file__).resolve().parents[3]
DOMAIN = YAML(typ="safe").load((ROOT / "domain.yml").read_text(encoding="utf-8"))
RESPONSES: dict[str, list[dict[str, Any]]] = DOMAIN["responses"]
BODY, BUTTON, LIST_BUTTON, ITEM, DESCRIPTION, ITEMS = 1024, 20, 20, 24, 72, 10
# The buttons that the actions add to these responses.
ADDED = {"utter_centers_found": 2}


def variations() -> Iterator[Any]:
    """Every variation of every response."""
    for name, alternatives in RESPONSES.items():
        for index, response in enumerate(alternatives):
            yield pytest.param(name, response, id=f"{name}-{index}")


@pytest.mark.parametrize(("name", "response"), variations())
def test_text_and_buttons_fit(name: str, response: dict[str, Any]) -> None:
    buttons = response.get("buttons", [])
    listed = len(buttons) + ADDED.get(name, 0) > 3
    assert 0 < len(response["text"]) <= BODY
    assert len(buttons) <= ITEMS
    for button in buttons:
        assert 0 < len(button["title"]) <= (ITEM if listed else BUTTON)
        assert len(button.get("description", "")) <= DESCRIPTION
    assert len({button["title"] for button in buttons}) == len(buttons)
    assert len((response.get("metadata") or {}).get("list_button", "")) <= LIST_BUTTON


@pytest.mark.parametrize(("name", "response"), variations())
def test_payloads_name_what_the_domain_knows_and_carry_no_document_number(name: str, response: dict[str, Any]) -> None:
    for button in response.get("buttons", []):
        intent, braces, entities = button["payload"].removeprefix("/").partition("{{")
        assert intent in DOMAIN["intents"]
        carried = json.loads("{" + entities.removesuffix("}")) if braces else {}
        assert set(carried) <= set(DOMAIN["entities"]) - {"dni"}


@pytest.mark.parametrize("intent", sorted(ANSWERED | HARMLESS))
def test_an_intent_answered_in_a_form_has_its_answer(intent: str) -> None:
    assert f"utter_{intent}" in RESPONSES and intent in DOMAIN["intents"]


@pytest.mark.parametrize("slot", QUESTIONS)
def test_every_question_has_its_words_and_its_explanation(slot: str) -> None:
    asked = {f"utter_ask_prenatal_form_{slot}", f"action_ask_prenatal_form_{slot}"}
    assert asked & {*RESPONSES, *DOMAIN["actions"]}
    assert f"utter_explain_{slot}" in RESPONSES


def test_the_form_asks_in_the_order_of_the_domain() -> None:
    assert tuple(DOMAIN["forms"]["prenatal_form"]["required_slots"]) == QUESTIONS


def test_every_response_named_in_the_code_exists() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "actions").rglob("*.py"))
    named = set(re.findall(r'"(utter_[a-z_]+)"', code)) - {"utter_action"}  # Rasa's own metadata key
    assert named <= set(RESPONSES)


def test_urgent_answers_begin_with_the_number_and_are_short() -> None:
    for name, number in {"danger_sign": "107", "report_violence": "144", "report_self_harm": "0800-333-1665"}.items():
        text = RESPONSES[f"utter_{name}"][0]["text"]
        assert text.startswith(f"*{number}*") and len(text) <= 240


def test_no_response_is_left_unused() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "actions").rglob("*.py"))
    rules = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "data" / "rules").glob("*.yml"))
    composed = ("utter_explain_", "utter_ask_prenatal_form_", "utter_resume_hint_",
                "utter_ask_resume_", "utter_media_", "utter_gestational_age_")  # fmt: skip
    asked = {f"utter_ask_{slot}" for form in DOMAIN["forms"].values() for slot in form["required_slots"]}
    asked |= {f"utter_ask_{name}_{slot}" for name, form in DOMAIN["forms"].items() for slot in form["required_slots"]}
    implied = asked | {f"utter_{intent}" for intent in ANSWERED}
    used = [n for n in RESPONSES if n in rules or n in implied or f'"{n}"' in code or n.startswith(composed)]
    unused = sorted(set(RESPONSES) - set(used))
    assert unused == []
