"""Cancelling one of her appointments, and choosing which."""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import CANCEL_FORM, LatidoAction, hint_resume, set_aside
from actions.care_client import CareRefused
from actions.journey import JourneyForm
from actions.offers import ORDINALS
from actions.prenatal_answers import yes_or_no
from actions.replies import Json, button, payload
from actions.speech import (
    DESCRIPTION_LIMIT,
    appointment_text,
    center_title,
    date_in_words,
    offer_title,
    shorten,
    time_in_words,
)
from actions.texts import is_one_of, mentions
from actions.turn import Event, Turn

LIST_LIMIT = 10
CANCEL_SLOTS = ("appointments", "appointment_id", "cancel_confirmed")
_KEPT = ("id", "service", "start", "center", "patient")
_CENTER_KEPT = ("number", "name", "address", "latitude", "longitude")


class StartCancel(LatidoAction):
    """Looks up what can be cancelled and begins."""

    action_name = "action_start_cancel"

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """The form, with the appointment already chosen when there is only one."""
        if mentions(turn.words, "leave_waiting_list") or mentions(turn.words, "waiting_list"):
            return [FollowupAction("action_leave_waiting_list")]
        appointments = self.care.appointments(turn.resident)
        leaving = [*_not_open_any_more(turn), *set_aside(turn)]
        if not appointments:
            say.utter_message(response="utter_no_appointments")
            return hint_resume(turn, [*leaving, SlotSet("open_appointments", 0)], say)
        meant = which(turn, appointments)
        return [
            *leaving,
            SlotSet("appointments", [kept_appointment(appointment) for appointment in appointments[:LIST_LIMIT]]),
            SlotSet("appointment_id", meant["id"] if meant else None),
            SlotSet("cancel_confirmed", None),
            FollowupAction(CANCEL_FORM),
        ]

    def when_unavailable(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """Says so; "Probar de nuevo" begins again."""
        say.utter_message(response="utter_service_unavailable")
        return [*set_aside(turn), SlotSet("open_form", CANCEL_FORM)]


def _not_open_any_more(turn: Turn) -> list[Event]:
    """A cancellation left half-way is no longer open once it is begun again."""
    return [SlotSet("open_form", None)] if turn.slots.get("open_form") == CANCEL_FORM else []


def kept_appointment(appointment: Json) -> Json:
    """What the conversation keeps of an appointment."""
    center = {field: appointment["center"].get(field) for field in _CENTER_KEPT}
    return {**{field: appointment.get(field) for field in _KEPT}, "center": center}


def which(turn: Turn, appointments: list[Json]) -> Json | None:
    """The appointment meant: by button, the only one, or the only one of a day she names; None to be asked."""
    named = [one for one in appointments if one["id"] == turn.entity("appointment_id")]
    days = turn.entities.get("date", ())
    for fitting in (named, appointments, [one for one in appointments if one["start"][:10] in days]):
        if len(fitting) == 1:
            return fitting[0]
    return None


class CancelForm(JourneyForm):
    """Which one, and whether she is sure."""

    form = CANCEL_FORM
    leaves_for = frozenset({"list_appointments", "book_prenatal", "find_cesac", "report_pregnancy"})
    carries_on = JourneyForm.carries_on | {"cancel_appointment"}

    def understand(self, turn: Turn, say: CollectingDispatcher) -> dict[str, object] | None:
        """The appointment chosen, or the yes or no."""
        if turn.requested == "appointment_id":
            chosen = choice(turn, turn.slots.get("appointments") or [])
            return {"appointment_id": chosen["id"]} if chosen else None
        if turn.requested == "cancel_confirmed":
            said = False if mentions(turn.words, "leave_as_is") else yes_or_no(turn)
            return None if said is None else {"cancel_confirmed": "yes" if said else "no"}
        return {}

    def expects(self, turn: Turn) -> bool:
        """ "No, dejalo" is a no to cancelling, not a way out of it."""
        asked = turn.requested == "cancel_confirmed" and turn.intent == "stop_flow"
        return asked and mentions(turn.words, "leave_as_is")

    def next_question(self, slots: dict[str, object]) -> str | None:
        """First which, then whether."""
        return next((slot for slot in CANCEL_SLOTS[1:] if slots.get(slot) is None), None)


def choice(turn: Turn, appointments: list[Json]) -> Json | None:
    """The appointment chosen from a list, by item, in words or by its day; None when it is none of them."""
    for appointment, ordinal in zip(appointments, ORDINALS, strict=False):
        if is_one_of(turn.words, ordinal):
            return appointment
    return which(turn, appointments) if len(appointments) > 1 else None


class AskAppointmentId(LatidoAction):
    """Lists the appointments to choose from."""

    action_name = "action_ask_cancel_form_appointment_id"

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """One list item for each."""
        say.utter_message(
            response="utter_ask_which_appointment",
            buttons=[appointment_item(one, "inform") for one in turn.slots["appointments"]],
        )
        return []


def appointment_item(appointment: Json, intent: str) -> Json:
    """An appointment as an item of a list, with what tapping it means."""
    description = shorten(center_title(appointment["center"]), DESCRIPTION_LIMIT)
    return button(offer_title(appointment), payload(intent, appointment_id=appointment["id"]), description)


class AskCancelConfirmed(LatidoAction):
    """Shows the appointment, the date in words, and asks whether to cancel it."""

    action_name = "action_ask_cancel_form_cancel_confirmed"

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """The question and its buttons."""
        appointment = _chosen(turn)
        if appointment is None:
            return [FollowupAction("action_start_cancel")]
        say.utter_message(response="utter_confirm_cancel", appointment=appointment_text(appointment))
        return []


def _chosen(turn: Turn) -> dict[str, Any] | None:
    wanted = turn.slots.get("appointment_id")
    return next((a for a in turn.slots.get("appointments") or [] if a["id"] == wanted), None)


class CancelAppointment(LatidoAction):
    """Cancels what was confirmed."""

    action_name = "action_cancel_appointment"
    ends_journey = True

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """The slot is free again; nothing when she thought better of it or left."""
        said = turn.slots.get("cancel_confirmed")
        if said is None:
            return []
        done = [SlotSet(slot, None) for slot in CANCEL_SLOTS]
        if said == "no":
            say.utter_message(response="utter_not_cancelled")
            return hint_resume(turn, done, say)
        return [*done, *self._cancel(turn, say)]

    def _cancel(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        appointment_id = str(turn.slots["appointment_id"])
        try:
            cancelled = self.care.cancel(turn.resident, appointment_id, turn.key("cancel"))
        except CareRefused:
            say.utter_message(response="utter_cannot_cancel")
            return []
        start = cancelled["start"]
        say.utter_message(response="utter_cancelled", date=date_in_words(start), time=time_in_words(start))
        left = max(0, int(turn.slots.get("open_appointments") or 1) - 1)
        return [SlotSet("open_appointments", left)]

    def when_unavailable(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """Says so; "Probar de nuevo" asks again whether to cancel."""
        say.utter_message(response="utter_service_unavailable")
        return [SlotSet("cancel_confirmed", None), SlotSet("open_form", CANCEL_FORM)]
