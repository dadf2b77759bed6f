"""When she is asked: at the end of a journey that makes reminders worth having; never after what hurts or is open."""

from __future__ import annotations

from contextlib import suppress

from rasa_sdk.executor import CollectingDispatcher

from actions.care_client import CareClient, CareError
from actions.turn import URGENT, Event, Turn

QUESTIONS = {"reminders": "utter_ask_reminders", "content": "utter_ask_content"}
# Said last, these end a journey after which she would expect to be reminded; a question said last is left to stand.
AFTER = frozenset({
    "utter_booked", "utter_booked_other", "utter_booked_child", "utter_moved", "utter_child_registered",
    "utter_birth_recorded", "utter_schedule", "utter_confirm_attendance",
})  # fmt: skip
# Said in this session, nothing is asked for any more in it.
NOT_AFTER = URGENT | {"ask_human", "opt_out", "delete_my_data", "ask_pregnancy_options", "consent_answer"}


def offer_consent(turn: Turn, care: CareClient, say: CollectingDispatcher) -> None:
    """Puts the question that may be put now, if any; for `is_the_moment`."""
    with suppress(CareError):  # what she came for is done: nothing is said of a question that cannot be put
        scope = next((scope for scope in QUESTIONS if care.may_ask(turn.resident, scope, _key(turn, scope))), None)
        if scope is not None:
            say.utter_message(response=QUESTIONS[scope])


def ask_for_content(turn: Turn, care: CareClient, say: CollectingDispatcher) -> None:
    """The question about content right after a yes to reminders, if it may be put."""
    with suppress(CareError):
        if care.may_ask(turn.resident, "content", _key(turn, "content")):
            say.utter_message(response=QUESTIONS["content"])


def is_the_moment(turn: Turn, events: list[Event], say: CollectingDispatcher) -> bool:
    """Whether what was done just now makes reminders worth asking about; asks nobody."""
    last = say.messages[-1].get("response") if say.messages else None
    if last not in AFTER or any(event.get("event") == "followup" for event in events):
        return False
    if last == "utter_schedule" and not turn.slots.get("people"):  # of nobody on record: nothing to be reminded of
        return False
    if turn.slots.get("discreet") or turn.slots.get("ticket") or turn.entity("other_need"):
        return False
    return not any(_intent(event) in NOT_AFTER for event in turn.events if event.get("event") == "user")


def _intent(event: Event) -> str:
    return ((event.get("parse_data") or {}).get("intent") or {}).get("name") or ""


def _key(turn: Turn, scope: str) -> str:
    return turn.key(f"ask_{scope}")
