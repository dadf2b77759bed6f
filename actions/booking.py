"""The booking itself: the chosen slot is kept, and what is confirmed becomes an appointment or is refused kindly."""

from __future__ import annotations

from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import PRENATAL_FORM, LatidoAction
from actions.care_client import CareClient, CareError, CareRefused
from actions.holding import GONE, AskHeldSummary, hold_of
from actions.offer_list import AskChosenOffer
from actions.offers import about_her, patient, trimmed
from actions.prenatal import forget_booking
from actions.replies import Json, button, payload
from actions.speech import appointment_text, booking_summary, center_title, date_in_words, time_in_words
from actions.texts import piece
from actions.turn import Event, Turn


class AskBookingConfirmed(AskHeldSummary):
    """Keeps the chosen slot, shows what is about to be booked, the date in words, and asks.

    A prenatal appointment, unless a subclass says otherwise.
    """

    action_name = f"action_ask_{PRENATAL_FORM}_booking_confirmed"
    offer_slot = "chosen_offer"
    service = "prenatal"

    def whom(self, turn: Turn) -> Json:
        """The part of the request that tells of the person."""
        return {"patient": patient(turn.slots), **about_her(turn.slots)}

    def for_other(self, turn: Turn) -> str | None:
        """The name of the person it is for (empty where none is known); None when it is for herself."""
        return (turn.slots.get("patient_name") or "") if turn.slots.get("for_whom") == "other" else None

    def hold_request(self, turn: Turn) -> Json:
        """All she has told."""
        return {
            "idempotency_key": turn.key("hold"),
            "resident": turn.resident,
            "slot_id": turn.slots["chosen_offer"]["slot_id"],
            "service": self.service,
            "priority": turn.slots.get("priority"),
            **self.whom(turn),
        }

    def summarise(self, turn: Turn, hold: Json, say: CollectingDispatcher) -> None:
        """The summary; its yes is a yes to this slot only, however late it is tapped."""
        slots, offer = turn.slots, turn.slots["chosen_offer"]
        yes = payload("affirm", booking_confirmed="yes", offer=offer["slot_id"])
        summary = booking_summary(
            offer, slots.get("priority"), self.for_other(turn), hold["expires_at"], f"summary_{self.service}"
        )
        say.utter_message(
            response="utter_booking_summary",
            summary=summary,
            buttons=[
                button(piece("booking.confirm_button"), yes),
                button(piece("booking.other_time_button"), payload("inform", booking_confirmed="other_time")),
                button(piece("booking.leave_button"), payload("stop_flow")),
            ],
        )

    def others(self) -> AskChosenOffer:
        """The free slots near her."""
        return AskChosenOffer(self.care)

    def refused(self, turn: Turn, refusal: CareRefused, say: CollectingDispatcher) -> list[Event]:
        """She has one: it is shown, and the form ends."""
        say_already_booked(refusal, say)
        return [*self.forget(), SlotSet("open_appointments", 1), SlotSet("requested_slot", None), ActiveLoop(None)]

    def forget(self) -> list[Event]:
        """Empties the form."""
        return forget_booking()


class BookPrenatal(LatidoAction):
    """Books what was confirmed; a prenatal appointment, unless a subclass says otherwise."""

    action_name = "action_book_prenatal"
    ends_journey = True
    form = PRENATAL_FORM

    def patient(self, turn: Turn) -> Json:
        """Who it is for."""
        return patient(turn.slots)

    def forget(self) -> list[Event]:
        """Empties the form."""
        return forget_booking()

    def say_booked(self, appointment: Json, say: CollectingDispatcher) -> None:
        """Says when and where, and what to take along."""
        say_booked(appointment, say)

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """The booking, or why not and what now; nothing when the form was left before its end."""
        if turn.slots.get("booking_confirmed") != "yes":
            return []
        hold = hold_of(turn, turn.slots["chosen_offer"], None)
        if hold is None:
            return self._back_to_the_summary()
        try:
            answer = self.care.confirm_hold(turn.resident, hold["id"], turn.key("book"), self.patient(turn))
        except CareRefused as refusal:
            return self._refused(refusal, say)
        self.say_booked(answer["appointment"], say)
        booked = int(turn.slots.get("open_appointments") or 0) + 1
        return [
            *self.forget(),
            SlotSet("open_form", None),
            SlotSet("open_appointments", booked),
            SlotSet("booked_appointment", answer["appointment"]["id"]),
            *people_now(self.care, turn),
        ]

    def _refused(self, refusal: CareRefused, say: CollectingDispatcher) -> list[Event]:
        if refusal.code == "not_found":
            return self._back_to_the_summary()
        if refusal.code not in GONE:
            say_already_booked(refusal, say)
            return [*self.forget(), SlotSet("open_appointments", 1)]
        others = trimmed(refusal.body.get("offers"))
        if others is None:
            say.utter_message(response="utter_slot_taken")
        again = {"chosen_offer": None, "booking_confirmed": None, "hold": None, "offer_search": None}
        slots = {**again, "offers": None, "offers_given": others}
        return [*(SlotSet(slot, value) for slot, value in slots.items()), FollowupAction(self.form)]

    def when_unavailable(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """Says so, and keeps all but the confirmation, so that "Probar de nuevo" shows the summary again."""
        say.utter_message(response="utter_service_unavailable")
        return [SlotSet("booking_confirmed", None), SlotSet("open_form", self.form)]

    def when_broken(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """Likewise."""
        say.utter_message(response="utter_unexpected_error")
        return [SlotSet("booking_confirmed", None), SlotSet("open_form", self.form)]

    def _back_to_the_summary(self) -> list[Event]:
        """Nothing is kept for her any more: the slot is held anew and shown again before anything is booked."""
        return [SlotSet("booking_confirmed", None), SlotSet("hold", None), FollowupAction(self.form)]


def people_now(care: CareClient, turn: Turn) -> list[Event]:
    """Her people as care knows them after a booking, which put the pregnancy on record; as before when care is slow."""
    try:
        return [SlotSet("people", care.resident(turn.resident).get("people"))]
    except CareError:
        return []


def say_already_booked(refusal: CareRefused, say: CollectingDispatcher) -> None:
    """Shows the appointment that stands in the way; any other refusal is nobody's to explain."""
    if refusal.code != "already_booked":
        raise refusal
    appointment = refusal.body["appointment"]
    child = appointment.get("service") == "pediatric"
    response = "utter_already_booked_child" if child else "utter_already_booked"
    say.utter_message(response=response, appointment=appointment_text(appointment))


def say_booked(appointment: Json, say: CollectingDispatcher) -> None:
    """Says when and where, and what to take along."""
    center, who = appointment["center"], appointment.get("patient") or {}
    for_other = who.get("for_whom") == "other"
    say.utter_message(
        response="utter_booked_other" if for_other else "utter_booked",
        date=date_in_words(appointment["start"]),
        time=time_in_words(appointment["start"]),
        center=center_title(center),
        address=center.get("address") or "",
        name=who.get("given_name") or piece("booking.someone"),
    )
