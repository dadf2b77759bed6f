"""The start of a session: who is she to us, and what is worth carrying over."""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import ActionExecuted, ActiveLoop, SessionStarted, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.appointments import CANCEL_SLOTS
from actions.base import (
    BABY_FORM,
    BIRTH_FORM,
    CONSENT_FORM,
    PEDIATRIC_FORM,
    PRENATAL_FORM,
    REBOOK_FORM,
    SCHEDULE_FORM,
    LatidoAction,
)
from actions.childhood import CHILDHOOD_FORM, CHILDHOOD_SLOTS
from actions.children.booking import PEDIATRIC_SLOTS
from actions.children.form import CHILD_SLOTS
from actions.feedback import FEEDBACK_FORM, FEEDBACK_SLOTS
from actions.prenatal import BOOKING_SLOTS
from actions.rebooking import REBOOK_SLOTS
from actions.schedule.show import SCHEDULE_SLOTS
from actions.turn import Event, Turn

ALWAYS_CARRIED = ("place", "discreet")
CARRIED_WITH_FORM = {
    PRENATAL_FORM: BOOKING_SLOTS,
    PEDIATRIC_FORM: PEDIATRIC_SLOTS,
    BABY_FORM: CHILD_SLOTS,
    BIRTH_FORM: (*CHILD_SLOTS, "mother"),
    REBOOK_FORM: REBOOK_SLOTS,
    "cancel_form": CANCEL_SLOTS,
    CHILDHOOD_FORM: CHILDHOOD_SLOTS,
    FEEDBACK_FORM: FEEDBACK_SLOTS,
    SCHEDULE_FORM: SCHEDULE_SLOTS,
}


class SessionStart(LatidoAction):
    """Replaces Rasa's own: one look at care, a short list of slots, the form left open remembered but not active."""

    action_name = "action_session_start"
    notes_needs = False

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """The new session; without consent its first message meets the consent form."""
        resident = self.care.resident(turn.resident)
        consent = resident.get("consent")
        known = {
            "consent": consent["version"] if consent else None,
            "consent_version": resident["current_consent_version"],
            "open_appointments": resident.get("open_appointments") or 0,
            "people": resident.get("people") or None,
            "place": _remembered(resident.get("place")) or turn.slots.get("place"),
        }
        gate = [] if consent else [ActiveLoop(CONSENT_FORM), SlotSet("requested_slot", "consent")]
        return _session({**carried(turn), **known}, gate)

    def when_unavailable(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """Says so once and goes on: consent is looked up again before anything is written."""
        say.utter_message(response="utter_session_without_care")
        return _session({**carried(turn), "consent": "unknown"}, [])

    def when_broken(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """Likewise."""
        return self.when_unavailable(turn, say)


def _remembered(place: dict[str, Any] | None) -> dict[str, Any] | None:
    return {**place, "remembered": True} if place else None


def carried(turn: Turn) -> dict[str, Any]:
    """What of the last session is worth knowing in this one: the place, and a journey left half-way."""
    form = turn.active_form if turn.active_form not in (None, CONSENT_FORM) else turn.slots.get("open_form")
    wanted = [*ALWAYS_CARRIED, *CARRIED_WITH_FORM.get(form or "", ())]
    kept = {slot: turn.slots.get(slot) for slot in wanted}
    return {**kept, "open_form": form}


def _session(slots: dict[str, Any], gate: list[Event]) -> list[Event]:
    filled = [SlotSet(slot, value) for slot, value in slots.items() if value is not None]
    return [SessionStarted(), *filled, *gate, ActionExecuted("action_listen")]
