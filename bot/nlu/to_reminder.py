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
    "greet", "help", "ask_vaccines", "ask_pediatric_schedule", "ask_prenatal_schedule", "register_baby",
    "bot_challenge", "give_feedback", "find_cesac",
})  # fmt: skip
# Surer than this, a wish of these is what it says, whatever its words are like.
SURE = 0.9
WISHES = frozenset({
    "list_appointments", "ask_vaccines", "ask_pediatric_schedule", "ask_prenatal_schedule", "register_baby", "help",
    "find_cesac", "give_feedback", "bot_challenge", "goodbye", "greet", "out_of_scope",
})  # fmt: skip
BY_INTENT = {
    "confirm_attendance": "confirm",
    "reschedule_appointment": "move",
    "cancel_appointment": "cancel",
    "missed_appointment": "not_went",
    "affirm": "yes",
    "deny": "no",
}
LIKELY = 0.6
# In this order: "todavía no fui" is no wish to be told later.
BY_WORDS = (
    ("not_went", "not_went"),
    ("another_time", "move"),
    ("cannot", "cannot"),
    ("went", "went"),
    ("going", "confirm"),
    ("book", "book"),
)
# "No puedo más" is no answer to a reminder, unless the classifier takes it for one.
GUESSED = frozenset({"nlu_fallback", "out_of_scope", "stop_flow", "give_feedback", "help"})
MOVES = "reschedule_appointment"  # whoever cannot and asks for another time wants that
OF_MANY_MEANINGS = frozenset({"cannot", "another_time"})
BOOKINGS = frozenset({"book_prenatal", "book_pediatric"})
OF_SOMEBODY = frozenset({
    "person_cue", "given_name", "gestational_age", "birth_date", "child_age", "for_whom", "person",
})  # fmt: skip
# Said by button, these answers leave the reminder open: the next message may still be about it.
LEFT_OPEN = frozenset({"see", "later", "other"})
LATER = "later"
WHEN = frozenset({"date", "time_of_day"})

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
    line = sound_line(text).line
    answer = _answer(parsed, line, asked_when) if about else None
    if answer is None:
        return parsed
    made = {"answer": answer, "reminder": about}
    if answer == LATER and _speaks_of("next_week", line):
        made["when"] = "next_week"
    if _intent(parsed) in BOOKINGS:
        made["detail"] = _intent(parsed)
    return _read_as(parsed, made)


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


def _answer(parsed: Parsed, line: str, asked_when: bool) -> str | None:
    intent, words = _intent(parsed), len([word for word in line.split() if word != "|"])
    if intent in BOOKINGS:
        return "book" if words <= SHORT and not _has(parsed, OF_SOMEBODY) else None
    if intent not in OPEN or words > LONGEST:
        return None
    if _remind(parsed, line, words):
        return LATER
    if asked_when:
        said_when = _has(parsed, WHEN) or _speaks_of("next_week", line) or _speaks_of("later", line)
        return LATER if said_when else None
    if intent in WISHES and _confidence(parsed) >= SURE:
        return "went" if _speaks_of("went", line) and "?" not in str(parsed["text"]) else None
    return _by_words(line, intent, words) or _by_intent(parsed, intent)


def _remind(parsed: Parsed, line: str, words: int) -> bool:
    """Whether she asks to be told at another moment."""
    asks = _speaks_of("remind", line) and not _speaks_of("not_later", line)
    return asks and (words <= SHORT or _has(parsed, WHEN))


def _by_words(line: str, intent: str, words: int) -> str | None:
    for kind, answer in BY_WORDS:
        other = (intent in GUESSED and kind in OF_MANY_MEANINGS) or (kind == "cannot" and intent == MOVES)
        if _speaks_of(kind, line) and not other:
            return answer
    return LATER if _speaks_of("later", line) and words <= SHORT - 2 else None


def _by_intent(parsed: Parsed, intent: str) -> str | None:
    return BY_INTENT.get(intent) if _confidence(parsed) >= LIKELY else None


def _speaks_of(kind: str, line: str) -> bool:
    return bool(_phrases()[kind].search(line))


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
