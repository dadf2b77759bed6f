"""The data files review stands on: what is made up in wordings, and which intents are learned from text."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml

from latido.console.reading import LABELS
from latido.console.review.rules.wording import MadeUp

PROJECT = Path(__file__).resolve().parents[3]
TRAINING = PROJECT / "data" / "nlu"
MADE_UP = PROJECT / "data" / "review" / "made_up.yml"
# Its examples only repeat what the other files teach: nothing new is sent there.
NOT_A_JOURNEY = frozenset({"courtesies.yml"})
_INTENT = re.compile(r"^  - intent: (\w+)\s*$", re.MULTILINE)


@cache
def made_up() -> MadeUp:
    """What stands for what identifies somebody."""
    told = yaml.safe_load(MADE_UP.read_text(encoding="utf-8"))
    documents, phones = told["documents"], told["phones"]
    return MadeUp(
        tuple(told["names"]),
        tuple(told["surnames"]),
        tuple(told["streets"]),
        (str(documents[0]), str(documents[1])),
        (str(phones[0]), str(phones[1])),
        told["mail"],
    )


@cache
def intents() -> dict[str, str]:
    """Each intent that is learned from text, with the file of its journey."""
    found: dict[str, str] = {}
    for path in sorted(TRAINING.glob("*.yml")):
        if path.name not in NOT_A_JOURNEY:
            for intent in _INTENT.findall(path.read_text(encoding="utf-8")):
                found.setdefault(intent, path.name)
    return found


@cache
def entity_kinds() -> tuple[str, ...]:
    """The entities that are found in text, those an operator meets most first."""
    known = yaml.safe_load(LABELS.read_text(encoding="utf-8"))["entities"]
    return tuple(kind for kind in _IN_TEXT if kind in known)


_IN_TEXT = (
    *("neighbourhood", "address", "center_number", "gestational_age", "child_age", "given_name", "person_cue"),
    *("date", "time_of_day", "birth_date", "due_date", "last_period_date", "dni", "document_status", "phone"),
    *("prior_checkups", "danger_kind", "other_need", "language"),
)
