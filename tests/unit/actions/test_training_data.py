"""The training data: rich enough, without contradictions, and apart from what it is judged by."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[3]
FROM_THE_CHANNEL = {
    *("continue_in_spanish", "danger_follow_up", "handover_not_needed", "hide_traces", "other_language"),
    *("ask_after_danger", "consent_answer", "reminder_answer", "share_location", "send_media", "waiting_list_answer"),
}
LEAST_TRAINED, LEAST_HELD_BACK = 30, 8
# Confused easily or costly when missed.
IMPORTANT = {"danger_sign": 100, "report_violence": 60, "book_prenatal": 100, "report_pregnancy": 100, "inform": 100,
             "cancel_appointment": 60, "find_cesac": 60, "report_loss": 60}  # fmt: skip


def examples(*paths: Path) -> list[tuple[str, str]]:
    """(intent, text) of every example in these files."""
    found = []
    for path in paths:
        for entry in YAML(typ="safe").load(path.read_text(encoding="utf-8"))["nlu"]:
            found += [(entry["intent"], line.removeprefix("- ")) for line in entry["examples"].splitlines()]
    return found


def plain(text: str) -> str:
    """For comparing: lower case, without accents and punctuation."""
    letters = unicodedata.normalize("NFD", text.lower())
    kept = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(re.sub(r"[^\w\s]", " ", kept).split())


TRAINED = examples(*sorted((ROOT / "data" / "nlu").glob("*.yml")))
HELD_BACK = examples(ROOT / "tests" / "nlu" / "held_back.yml")
INTENTS = sorted(
    set(YAML(typ="safe").load((ROOT / "domain.yml").read_text(encoding="utf-8"))["intents"]) - FROM_THE_CHANNEL
)


@pytest.mark.parametrize("intent", INTENTS)
def test_every_intent_has_enough_to_learn_from_and_to_be_judged_by(intent: str) -> None:
    assert sum(trained == intent for trained, _ in TRAINED) >= IMPORTANT.get(intent, LEAST_TRAINED)
    assert sum(held == intent for held, _ in HELD_BACK) >= LEAST_HELD_BACK


def test_no_sentence_teaches_two_intents() -> None:
    taught: dict[str, set[str]] = {}
    for intent, text in TRAINED:
        taught.setdefault(plain(text), set()).add(intent)
    assert {text: intents for text, intents in taught.items() if text and len(intents) > 1} == {}


def test_what_is_held_back_was_never_trained_on() -> None:
    trained = {plain(text) for _, text in TRAINED}
    assert [text for _, text in HELD_BACK if plain(text) in trained] == []


def test_examples_carry_no_annotations() -> None:
    assert [text for _, text in TRAINED + HELD_BACK if re.search(r"\[.+\][({]", text)] == []


def test_every_intent_is_described_for_those_who_add_to_it() -> None:
    described = (ROOT / "docs" / "intents.md").read_text(encoding="utf-8")
    assert [intent for intent in [*INTENTS, *FROM_THE_CHANNEL] if f"`{intent}`" not in described] == []
