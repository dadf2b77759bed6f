"""What an answer means to a reminder of this step: a bare yes or no is one to its question. Pure."""

from __future__ import annotations

from actions.replies import Json

BEFORE = frozenset({"confirm", "remind", "morning"})  # "¿Vas a poder ir?"
AFTER = "after"  # "¿Pudiste ir?"
TELL = "tell"
CONTENT = "content"  # to read: nothing is asked
STUDY = "study"
WHEN = {"tomorrow": 1, "in_3_days": 3, "next_week": 7}  # days from today


def meaning(answer: str, reminder: Json) -> str:
    """The answer, with "yes" and "no" as those to the question this reminder asked."""
    if answer in ("yes", "no") and reminder["kind"] == CONTENT:
        return "noted"
    if answer == "yes":
        return _yes(reminder)
    return _no(reminder) if answer == "no" else answer


def _yes(reminder: Json) -> str:
    if reminder["name"] in BEFORE:
        return "confirm"
    if reminder["name"] == AFTER:
        return "went"
    # A vaccine is told of, nothing is asked.
    return "noted" if reminder["name"] == TELL and reminder["kind"] != STUDY else "book"


def _no(reminder: Json) -> str:
    if reminder["name"] in BEFORE:
        return "cannot"
    return "not_went" if reminder["name"] == AFTER else "later"
