"""What an action needs to know of the turn it runs in, read once from Rasa's tracker."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from rasa_sdk import Tracker

Event = dict[str, Any]

# Answered before everything else, in any state.
URGENT = frozenset({
    "danger_sign", "report_violence", "report_self_harm", "report_loss", "danger_follow_up", "hide_traces",
    "ask_after_danger",
})  # fmt: skip

# Below this an intent found in the middle of a form is less likely than a clumsy answer to the question.
SURE_ENOUGH = 0.5


@dataclass(frozen=True)
class Turn:
    """One message of a resident, and where the conversation stands."""

    resident: str
    intent: str
    confidence: float
    text: str
    entities: Mapping[str, tuple[Any, ...]]
    message_sid: str
    active_form: str | None
    slots: Mapping[str, Any]
    events: tuple[Event, ...]
    context: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_button(self) -> bool:
        """True for a payload of ours: its intent is certain and its text is nobody's words."""
        return self.text.startswith("/")

    @property
    def words(self) -> str:
        """What she wrote; empty for a button."""
        return "" if self.is_button else self.text.strip()

    @property
    def requested(self) -> str | None:
        """The slot the active form asked for."""
        return self.slots.get("requested_slot") if self.active_form else None

    def entity(self, name: str) -> Any:
        """The first value of an entity, or None."""
        values = self.entities.get(name, ())
        return values[0] if values else None

    def means(self, intents: Collection[str]) -> bool:
        """Whether she meant one of these intents, as far as the classifier is sure."""
        return self.intent in intents and (self.is_button or self.confidence >= SURE_ENOUGH)

    def key(self, step: str) -> str:
        """Idempotency key of a write: the same message retried does the same thing once."""
        return f"{self.message_sid}:{step}"


def read_turn(tracker: Tracker) -> Turn:
    """Reads the tracker that Rasa sent along."""
    message = tracker.latest_message or {}
    intent = message.get("intent") or {}
    return Turn(
        resident=tracker.sender_id,
        intent=intent.get("name") or "",
        confidence=float(intent.get("confidence") or 0.0),
        text=message.get("text") or "",
        entities=_by_name(message.get("entities") or []),
        message_sid=_message_sid(tracker.events),
        active_form=(tracker.active_loop or {}).get("name"),
        slots=dict(tracker.slots),
        events=this_session(tuple(tracker.events)),
        context=(message.get("metadata") or {}).get("context") or {},
    )


def this_session(events: tuple[Event, ...]) -> tuple[Event, ...]:
    """The events since the session began; a tracker store may keep earlier ones."""
    starts = [index for index, event in enumerate(events) if event.get("event") == "session_started"]
    return events[starts[-1] :] if starts else events


def _by_name(entities: list[dict[str, Any]]) -> dict[str, tuple[Any, ...]]:
    found: dict[str, tuple[Any, ...]] = {}
    for entity in entities:
        value = entity.get("value")
        values = tuple(value) if isinstance(value, list) else (value,)  # a button may carry several
        found[entity["entity"]] = (*found.get(entity["entity"], ()), *values)
    return found


def _message_sid(events: list[Event]) -> str:
    for event in reversed(events):
        if event.get("event") == "user" and event.get("message_id"):
            return str(event["message_id"])
    return "unknown"
