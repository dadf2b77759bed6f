"""From an answer to a reminder into the journey it belongs to, as if that journey's own button had been tapped."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from rasa_sdk.events import ActionExecuted, SlotSet

from actions.care_client import CareClient, CareError
from actions.holding import let_go
from actions.offers import ON_RECORD
from actions.people import SELF, known
from actions.prenatal import forget_booking
from actions.prenatal_answers import implausible
from actions.replies import Json, payload
from actions.turn import Event, Turn

PEDIATRIC = "pediatric"
# What ends, by the answer: all messages, or the content alone.
STOPS: Mapping[str, Mapping[str, str]] = {"stop_reminders": {}, "stop_content": {"detail": "content"}}


def tapped(intent: str, **entities: Any) -> list[Event]:
    """The message that a button of that journey would have been."""
    named, text = {"name": intent, "confidence": 1.0}, payload(intent, **entities)
    found = [{"entity": name, "value": value, "start": 0, "end": len(text)} for name, value in entities.items()]
    parse_data = {"text": text, "intent": named, "intent_ranking": [named], "entities": found}
    message = {"event": "user", "timestamp": None, "text": text, "parse_data": parse_data}
    return [ActionExecuted("action_listen"), message]


def stop(turn: Turn, care: CareClient, answer: str) -> list[Event]:
    """BAJA, or no more content, as always; which step it answered is kept where it can be."""
    if turn.entity("reminder") is not None:
        with suppress(CareError):
            care.answer_reminder(turn.resident, str(turn.entity("reminder")), answer, turn.key("reminder"))
    return tapped("opt_out", **STOPS[answer])


def book(turn: Turn, care: CareClient, reminder: Json) -> list[Event]:
    """The booking of the one it was about; of whatever she asked for in words, where that is another matter."""
    own = "book_pediatric" if reminder["service"] == PEDIATRIC else "book_prenatal"
    if turn.entity("detail") not in (None, own):
        return tapped(str(turn.entity("detail")))
    if own == "book_pediatric":
        return tapped(own, person=reminder["role"])
    return [*_for(turn, care, str(reminder["role"])), *tapped(own)]


def _for(turn: Turn, care: CareClient, role: str) -> list[Event]:
    """Whose appointment it is and what is on record of her; what was told of somebody else is let go."""
    whose = "self" if role.startswith(SELF) else "other"
    slots = turn.slots
    same = slots.get("for_whom") in (None, whose) and slots.get("patient_person") in (None, role)
    emptied: list[Event] = []
    if not same:
        let_go(care, turn)
        emptied = forget_booking()
    return [*emptied, *(SlotSet(name, value) for name, value in _on_record(turn, role, whose).items())]


def _on_record(turn: Turn, role: str, whose: str) -> Json:
    person = known(turn, role)
    age = ((person or {}).get("pregnancy") or {}).get("gestational_age")
    facts = {
        "for_whom": whose,
        "patient_person": role if person else None,
        "patient_name": (person or {}).get("given_name"),
        "document_status": ON_RECORD if person else None,
        "gestational_age": age if age and not implausible(age) else None,
    }
    return {name: value for name, value in facts.items() if value is not None}
