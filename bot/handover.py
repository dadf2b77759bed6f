"""When a turn needs a person, and what that person should know: from the events alone (docs/hand-over.md)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rasa.shared.core.constants import REQUESTED_SLOT
from rasa.shared.core.events import BotUttered, Event, UserUttered

Json = dict[str, Any]

WITHDRAWN_BY = "handover_not_needed"
# Responses which promise a person, and why one is needed.
REASON_OF_RESPONSE = {
    "utter_ask_human": "asked",
    "utter_fallback_person": "not_understood",
    "utter_fallback_still": "not_understood",
    "utter_form_other_way": "form_stuck",
    "utter_care_refused": "refused",
    "utter_cost_charged": "refused",
}
REASON_OF_INTENT = {"other_language": "language"}
LOSS = "report_loss"

FLAG_OF_URGENT = {"danger_sign": "danger", "report_violence": "violence", "report_self_harm": "self_harm"}
# Intents that say nothing of what she wants.
NO_WISH = frozenset({
    "greet", "goodbye", "thank", "affirm", "deny", "inform", "help", "bot_challenge", "ask_human", "stop_flow",
    "resume_flow", "nlu_fallback", "share_location", "send_media", "other_language", WITHDRAWN_BY, *FLAG_OF_URGENT,
})  # fmt: skip
# What she has told that an operator wants to know: never who she is, nor where exactly she lives.
TOLD = (
    "for_whom", "gestational_age", "prior_checkups", "age_band", "conditions", "history", "child_age", "birth_date",
    "nursery_child_age", "place", "document_status",
)  # fmt: skip
NO_JOURNEY = (None, "consent_form")


def hand_over(
    turn: Sequence[Event], session: Sequence[Event], slots: Mapping[str, Any], form: str | None
) -> Json | None:
    """The `handover` of docs/wires.md for one turn: None, a reason with a summary, or that it is withdrawn."""
    if WITHDRAWN_BY in _intents(turn):
        return {"withdrawn": True}
    reason = _reason(turn, session)
    return {"reason": reason, "summary": list(_summary(session, slots, form))} if reason else None


def _reason(turn: Sequence[Event], session: Sequence[Event]) -> str | None:
    meant = [REASON_OF_INTENT[intent] for intent in _intents(turn) if intent in REASON_OF_INTENT]
    said = [REASON_OF_RESPONSE[name] for name in _responses(turn) if name in REASON_OF_RESPONSE]
    reason = next(iter([*meant, *said]), None)
    return "loss" if reason == "asked" and LOSS in _intents(session) else reason


def _summary(session: Sequence[Event], slots: Mapping[str, Any], form: str | None) -> Iterator[Json]:
    """Where she is, what she told, what was urgent; the rest stands in the thread."""
    journey = form if form not in NO_JOURNEY else slots.get("open_form")
    wish = next((intent for intent in reversed(_intents(session)) if intent not in NO_WISH), None)
    if journey or wish:
        yield _line("journey", journey or wish)
    if form is not None and slots.get(REQUESTED_SLOT):
        yield _line("question", slots[REQUESTED_SLOT])
    for slot in TOLD:
        value = slots.get(slot)
        if value is not None:
            yield _line(slot, _coarse(value))
    urgent = list(dict.fromkeys(FLAG_OF_URGENT[intent] for intent in _intents(session) if intent in FLAG_OF_URGENT))
    if urgent:
        yield _line("danger", urgent)
    if slots.get("language"):
        yield _line("language", slots["language"])


def _line(label: str, value: Any) -> Json:
    return {"label": label, "value": value}


def _coarse(value: Any) -> Any:
    """A place by its label alone."""
    return value["label"] if isinstance(value, Mapping) and "latitude" in value and value.get("label") else value


def _intents(events: Sequence[Event]) -> list[str]:
    return [event.intent_name or "" for event in events if isinstance(event, UserUttered)]


def _responses(events: Sequence[Event]) -> list[str]:
    return [event.metadata.get("utter_action", "") for event in events if isinstance(event, BotUttered)]
