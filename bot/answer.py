"""The answer to one turn, worked out from the events of the tracker and from nothing else.

So a turn that is asked for twice gives the same answer, also after a restart of the bot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rasa.shared.core.constants import (
    ACTION_DEFAULT_FALLBACK_NAME,
    ACTION_LISTEN_NAME,
    ACTION_SESSION_START_NAME,
    SESSION_START_METADATA_SLOT,
)
from rasa.shared.core.events import ActionExecuted, ActiveLoop, BotUttered, Event, SessionStarted, SlotSet, UserUttered

from bot.events import RANKING_KEPT
from bot.handover import hand_over
from bot.replies import replies_of
from bot.sessions import applied

FLAG_OF_INTENT = {
    "danger_sign": "danger",
    "report_violence": "violence",
    "report_self_harm": "self_harm",
    "nlu_fallback": "not_understood",
    "ask_human": "wants_person",
    "give_feedback": "feedback",
}
# Responses which promise that a person will read: the promise must reach the operators.
FLAG_OF_RESPONSE = {
    "utter_follow_up_no": "danger",
    "utter_ask_human": "wants_person",
    "utter_report_loss_by_hand": "wants_person",
    "utter_fallback_person": "wants_person",
    "utter_fallback_still": "wants_person",
    "utter_form_other_way": "wants_person",
    "utter_other_language": "wants_person",
    "utter_care_refused": "wants_person",
    "utter_cost_charged": "wants_person",
}
# What is raised while a person has the conversation and Latido says nothing: a right must not get lost.
# Answers to a reminder that are rights.
STOPS = frozenset({"stop_reminders", "stop_content"})
FLAG_WHILE_HELD = {"opt_out": "rights", "delete_my_data": "rights", "show_my_data": "rights"}
_PRIVATE_SLOTS = {"dni", "ticket", SESSION_START_METADATA_SLOT}
_ENTITY_FIELDS = ("entity", "value", "start", "end")


def find_turn(events: Sequence[Event], message_sid: str) -> int | None:
    """Index of the resident's message with this id, or None."""
    for index in range(len(events) - 1, -1, -1):
        event = events[index]
        if isinstance(event, UserUttered) and event.message_id == message_sid:
            return index
    return None


def answer_of(events: Sequence[Event], at: int) -> dict[str, Any]:
    """The answer of docs/wires.md for the turn whose message stands at this index."""
    end = _end_of_turn(events, at)
    message = events[at]
    if not isinstance(message, UserUttered):
        raise ValueError("A turn begins with what the resident said.")
    return {
        "replies": replies_of_turn(events, at),
        "nlu": _nlu(message),
        "slots": _changed_slots(events, at, end),
        "active_form": _active_form(events[:end]),
        "flags": _flags(events[at:end]),
        "actions": _actions(events[at:end]),
        "handover": hand_over(
            events[at:end], _session(events[:end]), _slot_values(events[:end]), _active_form(events[:end])
        ),
    }


def held_answer(heard: UserUttered, events: Sequence[Event]) -> dict[str, Any]:
    """The answer to a message that a person has to answer: what was understood, and nothing said or changed."""
    flag = FLAG_WHILE_HELD.get(heard.intent_name or "") or _flag_of_button(heard)
    return {
        "replies": [],
        "nlu": _nlu(heard),
        "slots": {},
        "active_form": _active_form(events),
        "flags": [flag] if flag else [],
        "actions": [],
        "handover": None,
    }


def _flag_of_button(heard: UserUttered) -> str | None:
    """BAJA, or no more content, by the button of a reminder."""
    stops = any(one["entity"] == "answer" and one["value"] in STOPS for one in heard.entities)
    return "rights" if heard.intent_name == "reminder_answer" and stops else None


def replies_of_turn(events: Sequence[Event], at: int) -> list[dict[str, Any]]:
    """What was said in this turn, the opening of its session included."""
    said = [e for e in events[_opening_of_turn(events, at) : _end_of_turn(events, at)] if isinstance(e, BotUttered)]
    return [reply for uttered in said for reply in replies_of(uttered)]


def _end_of_turn(events: Sequence[Event], at: int) -> int:
    for index in range(at + 1, len(events)):
        event = events[index]
        if isinstance(event, UserUttered) and event.message_id:
            return index
    return len(events)


def _opening_of_turn(events: Sequence[Event], at: int) -> int:
    for index in range(at - 1, -1, -1):
        event = events[index]
        if isinstance(event, UserUttered):
            return at
        if isinstance(event, ActionExecuted) and event.action_name == ACTION_SESSION_START_NAME:
            return index
    return at


def _nlu(message: UserUttered) -> dict[str, Any]:
    ranking = list(message.parse_data.get("intent_ranking") or [message.intent])
    return {
        "intent": _ranked(message.intent),
        "ranking": [_ranked(entry) for entry in ranking[:RANKING_KEPT]],
        "entities": [{field: entity.get(field) for field in _ENTITY_FIELDS} for entity in message.entities],
        "model": message.metadata.get("model_id"),
    }


def _ranked(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": entry.get("name"), "confidence": round(float(entry.get("confidence") or 0.0), 4)}


def _changed_slots(events: Sequence[Event], at: int, end: int) -> dict[str, Any]:
    before = _slot_values(events[:at])
    after = _slot_values(events[:end])
    touched = {event.key for event in events[at:end] if isinstance(event, SlotSet)} - _PRIVATE_SLOTS
    return {key: after[key] for key in sorted(touched) if key in after and after[key] != before.get(key)}


def _slot_values(events: Sequence[Event]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for event in applied(events):
        if isinstance(event, SessionStarted):
            values = {}
        elif isinstance(event, SlotSet):
            values[event.key] = event.value
    return values


def _session(events: Sequence[Event]) -> Sequence[Event]:
    for index in range(len(events) - 1, -1, -1):
        if isinstance(events[index], SessionStarted):
            return events[index:]
    return events


def _active_form(events: Sequence[Event]) -> str | None:
    for event in reversed(events):
        if isinstance(event, ActiveLoop):
            return event.name or None
        if isinstance(event, SessionStarted):
            return None
    return None


def _flags(turn: Sequence[Event]) -> list[str]:
    """What operators must know of a turn, without doubles: of what she meant, of what was promised."""
    meant = [FLAG_OF_INTENT.get(event.intent_name or "") for event in turn if isinstance(event, UserUttered)]
    said = [
        FLAG_OF_RESPONSE.get(event.metadata.get("utter_action", "")) for event in turn if isinstance(event, BotUttered)
    ]
    flags = [flag for flag in [*meant, *said] if flag]
    if not flags and ACTION_DEFAULT_FALLBACK_NAME in _actions(turn):
        flags = ["not_understood"]
    return list(dict.fromkeys(flags))


def _actions(events: Sequence[Event]) -> list[str]:
    names = [event.action_name for event in events if isinstance(event, ActionExecuted)]
    return [name for name in names if name and name != ACTION_LISTEN_NAME]
