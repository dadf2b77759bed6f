"""The booking itself: what was confirmed becomes an appointment, or is refused kindly."""

from __future__ import annotations

from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import PRENATAL_FORM, LatidoAction
from actions.care_client import CareRefused
from actions.offers import answers, known_age
from actions.prenatal import forget_booking
from actions.replies import Json
from actions.speech import appointment_text, center_title, date_in_words, time_in_words
from actions.texts import piece
from actions.turn import Event, Turn


class BookPrenatal(LatidoAction):
    """Books what was confirmed."""

    action_name = "action_book_prenatal"

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """The booking, or why not and what now; nothing when the form was left before its end."""
        if turn.slots.get("booking_confirmed") != "yes":
            return []
        try:
            appointment = self.care.book(booking_request(turn))
        except CareRefused as refusal:
            return self._refused(refusal, say)
        _say_booked(appointment, say)
        booked = int(turn.slots.get("open_appointments") or 0) + 1
        return [
            *forget_booking(),
            SlotSet("open_form", None),
            SlotSet("open_appointments", booked),
            SlotSet("booked_appointment", appointment["id"]),
        ]

    def _refused(self, refusal: CareRefused, say: CollectingDispatcher) -> list[Event]:
        if refusal.code == "slot_taken":
            say.utter_message(response="utter_slot_taken")
            again = ("chosen_offer", "booking_confirmed", "offers", "offer_search")
            return [*(SlotSet(slot, None) for slot in again), FollowupAction(PRENATAL_FORM)]
        if refusal.code == "already_booked":
            text = appointment_text(refusal.body["appointment"])
            say.utter_message(response="utter_already_booked", appointment=text)
            return [*forget_booking(), SlotSet("open_appointments", 1)]
        raise refusal

    def when_unavailable(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """Says so, and keeps all but the confirmation, so that "Probar de nuevo" shows the summary again."""
        say.utter_message(response="utter_service_unavailable")
        return [SlotSet("booking_confirmed", None), SlotSet("open_form", PRENATAL_FORM)]

    def when_broken(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """Likewise."""
        say.utter_message(response="utter_unexpected_error")
        return [SlotSet("booking_confirmed", None), SlotSet("open_form", PRENATAL_FORM)]


def booking_request(turn: Turn) -> Json:
    """The body of `POST /appointments`."""
    slots = turn.slots
    return {
        "idempotency_key": turn.key("book"),
        "resident": turn.resident,
        "slot_id": slots["chosen_offer"]["slot_id"],
        "service": "prenatal",
        "priority": slots.get("priority"),
        "patient": {
            "for_whom": slots["for_whom"],
            "given_name": slots.get("patient_name") or None,
            "document": {"status": slots["document_status"], "number": slots.get("dni")},
        },
        "gestational_age": known_age(slots),
        "answers": answers(slots),
    }


def _say_booked(appointment: Json, say: CollectingDispatcher) -> None:
    center, patient = appointment["center"], appointment.get("patient") or {}
    for_other = patient.get("for_whom") == "other"
    say.utter_message(
        response="utter_booked_other" if for_other else "utter_booked",
        date=date_in_words(appointment["start"]),
        time=time_in_words(appointment["start"]),
        center=center_title(center),
        address=center.get("address") or "",
        name=patient.get("given_name") or piece("booking.someone"),
    )
