"""What a message means when a reminder was the last thing said: an answer to it, as if its button had been tapped.

"Sí", "ya fui", "no puedo ese día", "recordame el jueves": the reminder says of which appointment or check-up. A danger
sign, a loss, a birth, a right and every other wish mean what they say; a form's answers are the form's.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from re import Pattern
from typing import Any

import yaml
from rasa.shared.core.events import SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.nlu.phrases import compile_any, sound_line

FILE = Path(__file__).parents[1] / "data" / "to_reminder.yml"
INTENT = "reminder_answer"
CONFIDENCE = 0.95
LONGEST = 14  # words; a longer message speaks for itself
SHORT = 6

# What she may be taken to mean of the reminder; everything else is another matter.
OPEN = frozenset({
    "affirm", "deny", "confirm_attendance", "reschedule_appointment", "cancel_appointment", "missed_appointment",
    "inform", "nlu_fallback", "out_of_scope", "stop_flow", "goodbye", "opt_in", "resume_flow", "list_appointments",
    "greet", "help", "ask_vaccines", "ask_pediatric_schedule", "ask_prenatal_schedule", "register_baby", "thank",
    "bot_challenge", "give_feedback", "find_cesac",
})  # fmt: skip
# Surer than this, a wish of these is what it says, whatever its words are like.
SURE = 0.9
WISHES = frozenset({
    "list_appointments", "ask_vaccines", "ask_pediatric_schedule", "ask_prenatal_schedule", "register_baby", "thank",
    "help", "find_cesac", "give_feedback", "bot_challenge", "goodbye", "greet", "out_of_scope",
})  # fmt: skip
BY_INTENT = {
    "confirm_attendance": "confirm",
    "reschedule_appointment": "move",
    "cancel_appointment": "cancel",
    "missed_appointment": "not_went",
    "affirm": "yes",
    "deny": "no",
}
BOOKINGS = frozenset({"book_prenatal", "book_pediatric"})
OF_SOMEBODY = frozenset({
    "person_cue", "given_name", "gestational_age", "birth_date", "child_age", "for_whom", "person",
})  # fmt: skip
# Said by button, these answers leave the reminder open: the next message may still be about it.
LEFT_OPEN = frozenset({"see", "later", "other"})
LATER = "later"

Parsed = dict[str, Any]


@lru_cache(maxsize=1)
def _phrases() -> Mapping[str, Pattern[str]]:
    data = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {kind: compile_any(map(str, listed)) for kind, listed in data.items() if isinstance(listed, list)}


def to_reminder(parsed: Parsed, tracker: DialogueStateTracker, reminder: object) -> Parsed:
    """The parsed message as an answer to the reminder it follows (`reminder`: the id the worker gave, or None)."""
    text = str(parsed.get("text") or "")
    if tracker.active_loop_name is not None or text.startswith("/"):
        return parsed
    before = _answered_before(tracker)
    about = str(reminder) if reminder else (before or {}).get("reminder")
    asked_when = not reminder and (before or {}).get("answer") == LATER
    answer = _answer(parsed, text, asked_when) if about else None
    if answer is None:
        return parsed
    more = {"detail": _intent(parsed)} if answer == "book" else {}
    return _read_as(parsed, {"answer": answer, "reminder": about, **more})


def _answered_before(tracker: DialogueStateTracker) -> Mapping[str, Any] | None:
    """The entities of the message before this one, when it was an answer that left the reminder open."""
    for event in reversed(list(tracker.events)):
        if isinstance(event, SessionStarted):
            return None
        if isinstance(event, UserUttered):
            named = {one["entity"]: one["value"] for one in event.entities or ()}
            is_open = event.intent_name == INTENT and named.get("answer") in LEFT_OPEN
            return named if is_open else None
    return None


def _answer(parsed: Parsed, text: str, asked_when: bool) -> str | None:
    line, intent = sound_line(text).line, _intent(parsed)
    words = len([word for word in line.split() if word != "|"])
    if intent in BOOKINGS:
        return "book" if words <= SHORT and not _has(parsed, OF_SOMEBODY) else None
    if intent not in OPEN or words > LONGEST or (intent in WISHES and _confidence(parsed) >= SURE and not _later(line)):
        return None
    if asked_when:
        return LATER if _has(parsed, {"date"}) else _asked_to_wait(parsed, line)
    return _asked_to_wait(parsed, line) or _by_words(line) or BY_INTENT.get(intent)


def _later(line: str) -> bool:
    return bool(_phrases()["remind"].search(line)) and not _phrases()["not_later"].search(line)


def _asked_to_wait(parsed: Parsed, line: str) -> str | None:
    """Whether she wants to be told at another moment."""
    if _later(line) and (_has(parsed, {"date"}) or len(line.split()) <= SHORT):
        return LATER
    return LATER if _phrases()["later"].search(line) and len(line.split()) <= SHORT - 2 else None


def _by_words(line: str) -> str | None:
    for kind, answer in (
        ("not_went", "not_went"),
        ("another_time", "move"),
        ("cannot", "cannot"),
        ("went", "went"),
        ("going", "confirm"),
    ):
        if _phrases()[kind].search(line):
            return answer
    return None


def _has(parsed: Parsed, names: frozenset[str] | set[str]) -> bool:
    return any(one["entity"] in names for one in parsed.get("entities") or ())


def _intent(parsed: Parsed) -> str:
    return str((parsed.get("intent") or {}).get("name") or "")


def _confidence(parsed: Parsed) -> float:
    return float((parsed.get("intent") or {}).get("confidence") or 0.0)


def _read_as(parsed: Parsed, entities: Mapping[str, Any]) -> Parsed:
    """The message as this answer; what was found in it stays, and its own reading stays second."""
    named = {"name": INTENT, "confidence": CONFIDENCE}
    made = [
        {"entity": name, "value": value, "start": 0, "end": 0, "extractor": "ToReminder"}
        for name, value in entities.items()
    ]
    ranking = [named, *(parsed.get("intent_ranking") or [])]
    return {**parsed, "intent": named, "intent_ranking": ranking, "entities": [*(parsed.get("entities") or ()), *made]}
