"""What a message means right after the question whether she wants reminders, or content: an answer to it.

"Dale", "sí avisame", "no gracias", "¿para qué?": a yes or no is one to that question, whatever else its words are like.
A danger sign, a loss, a right and every other wish mean what they say.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from re import Pattern
from typing import Any

import yaml
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.nlu.phrases import compile_any, sound_line

FILE = Path(__file__).parents[1] / "data" / "to_question.yml"
INTENT = "consent_answer"
CONFIDENCE = 0.95
LONGEST = 10  # words; a longer message speaks for itself
SHORT = 5
# What is sent outside a turn is not known here: much later a yes may be one to something else.
OPEN_FOR_SECONDS = 2 * 3600

QUESTIONS = {
    "utter_ask_reminders": "reminders",
    "utter_explain_reminders": "reminders",
    "utter_ask_content": "content",
    "utter_explain_content": "content",
}
# What she may be taken to mean by it; everything else is another matter.
OPEN = frozenset({
    "affirm", "deny", "opt_in", "opt_out", "inform", "nlu_fallback", "out_of_scope", "stop_flow", "goodbye", "help",
    "bot_challenge", "confirm_attendance", "resume_flow", "thank", "greet", "ask_workshops", "ask_parenting_tips",
    "register_baby", "give_feedback", "list_appointments", "ask_privacy", "missed_appointment",
})  # fmt: skip
# Surer than this, a wish of these is what it says unless it begins with a yes or no of its own.
SURE = 0.9
WISHES = frozenset({"help", "list_appointments", "ask_privacy", "ask_workshops", "register_baby", "give_feedback"})
BY_WORDS = ("why", "later", "no", "yes")
# Taken for these, a longer message with a yes in it may want anything: consent is not guessed.
DOUBTFUL = frozenset({
    "inform", "nlu_fallback", "out_of_scope", "stop_flow", "goodbye", "help", "bot_challenge", "missed_appointment",
})  # fmt: skip
# What the other question is about: who names that does not answer this one.
OF_THE_OTHER = {"reminders": "of_content", "content": "of_reminders"}
BY_INTENT = {"affirm": "yes", "opt_in": "yes", "deny": "no"}
LIKELY = 0.6

Parsed = dict[str, Any]


@lru_cache(maxsize=1)
def _phrases() -> Mapping[str, Pattern[str]]:
    data = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {kind: compile_any(map(str, listed)) for kind, listed in data.items() if isinstance(listed, list)}


def to_question(parsed: Parsed, tracker: DialogueStateTracker) -> Parsed:
    """The parsed message as an answer to the question it follows; the very same where there is none, or it is not."""
    text = str(parsed.get("text") or "")
    scope = _asked_last(tracker)
    if scope is None or tracker.active_loop_name is not None or text.startswith("/"):
        return parsed
    answer = _answer(parsed, sound_line(text).line, scope)
    if answer is None:
        return parsed
    named = {"name": INTENT, "confidence": CONFIDENCE}
    found = [one for one in parsed.get("entities") or () if one["entity"] not in ("answer", "detail")]
    made = [
        {"entity": name, "value": value, "start": 0, "end": 0, "extractor": "ToQuestion"}
        for name, value in (("answer", answer), ("detail", scope))
    ]
    ranking = [named, *(parsed.get("intent_ranking") or [])]
    return {**parsed, "intent": named, "intent_ranking": ranking, "entities": [*found, *made]}


def _asked_last(tracker: DialogueStateTracker) -> str | None:
    """What she was asked in the last thing said to her, lately, also in a session that is over."""
    for event in reversed(list(tracker.events)):
        if isinstance(event, BotUttered):
            is_old = time.time() - event.timestamp > OPEN_FOR_SECONDS
            return None if is_old else QUESTIONS.get((event.metadata or {}).get("utter_action", ""))
        if isinstance(event, UserUttered):
            return None
    return None


def _answer(parsed: Parsed, line: str, scope: str) -> str | None:
    named = parsed.get("intent") or {}
    intent, confidence = str(named.get("name") or ""), float(named.get("confidence") or 0.0)
    words = len([word for word in line.split() if word != "|"])
    if intent not in OPEN or words > LONGEST or _phrases()[OF_THE_OTHER[scope]].search(line):
        return None
    if intent == "opt_out" and _phrases()["ends_all"].search(line):
        return None
    said = next((kind for kind in BY_WORDS if _phrases()[kind].search(line)), None)
    if said == "yes" and intent in DOUBTFUL and words > SHORT:
        return None
    if intent in WISHES and confidence >= SURE:
        return "why" if said == "why" and words <= SHORT else None
    return said or (BY_INTENT.get(intent) if confidence >= LIKELY else None)
