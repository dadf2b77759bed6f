"""The steps of another time: which appointment, the free slots, the summary of old and new, and the change itself."""

from __future__ import annotations

from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.appointments import appointment_item
from actions.base import REBOOK_FORM, LatidoAction, hint_resume
from actions.booking import say_booked
from actions.care_client import CareRefused
from actions.holding import GONE, AskHeldSummary, hold_of, let_go
from actions.offer_list import AskOffers
from actions.offers import trimmed
from actions.rebooking import forget_rebooking, is_waiting
from actions.replies import Json, button, payload
from actions.speech import (
    appointment_text,
    booking_summary,
    center_title,
    change_summary,
    date_in_words,
    time_in_words,
)
from actions.texts import piece
from actions.turn import Event, Turn


class AskRebooked(LatidoAction):
    """Lists the appointments to choose from."""

    action_name = f"action_ask_{REBOOK_FORM}_rebooked"

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """One list item for each."""
        appointments = turn.slots.get("appointments") or []
        items = [appointment_item(one, "inform") for one in appointments]
        say.utter_message(response="utter_which_moved", buttons=items)
        return []


class AskNewOffer(AskOffers):
    """The free slots: first at the same centre, then around."""

    action_name = f"action_ask_{REBOOK_FORM}_new_offer"
    ways_on = ("other_center", "leave")

    def section(self, turn: Turn, kind: str) -> str:
        """What she has stands; on the waiting list she has nothing yet."""
        return "waiting" if is_waiting(turn) and kind in ("intro", "intro_instead") else "rebook"

    def about(self, turn: Turn, search: Json) -> Json:
        """What is to be moved; who and how urgent is known to care."""
        basis = turn.slots["rebooked"]
        request = {"resident": turn.resident, "service": service_of(basis), basis["kind"]: basis["id"]}
        if "center" not in basis or search.get("exclude_centers"):
            return {**request, **_around(turn)}
        return {**request, "center_number": basis["center"]["number"]}

    def ask_care(self, request: Json) -> Json:
        """At the same centre; around it when that has none."""
        answer = self.care.offers(request)
        if answer["slots"] or request.get("center_number") is None:
            return answer
        return self.care.offers({**request, "center_number": None})

    def say_none(self, turn: Turn, say: CollectingDispatcher) -> None:
        """Nothing is free: what she has stays hers."""
        say.utter_message(response="utter_no_other_time")


def service_of(basis: Json) -> str:
    """Which kind of appointment is moved, or waited for."""
    return str(basis.get("service") or "prenatal")


def _summary(turn: Turn) -> str:
    return f"summary_{service_of(turn.slots['rebooked'])}"


def _around(turn: Turn) -> Json:
    """Near where she lives, else near the centre she has; care remembers where she lives when neither is known."""
    place = turn.slots.get("place") or turn.slots["rebooked"].get("center") or {}
    if place.get("latitude") is None:
        return {}
    return {"near": {"latitude": place["latitude"], "longitude": place["longitude"]}}


class AskRebookConfirmed(AskHeldSummary):
    """Keeps the new slot, shows which gives way to which, and asks."""

    action_name = f"action_ask_{REBOOK_FORM}_rebook_confirmed"
    offer_slot = "new_offer"

    def basis(self, turn: Turn) -> str | None:
        """The appointment or entry it stems from."""
        return str(turn.slots["rebooked"]["id"])

    def hold_request(self, turn: Turn) -> Json:
        """The slot, and what it stems from."""
        basis = turn.slots["rebooked"]
        return {
            "idempotency_key": turn.key("hold"),
            "resident": turn.resident,
            "slot_id": turn.slots["new_offer"]["slot_id"],
            "service": service_of(basis),
            basis["kind"]: basis["id"],
        }

    def summarise(self, turn: Turn, hold: Json, say: CollectingDispatcher) -> None:
        """Old and new, and that the old one stands; or, from the waiting list, the new one alone."""
        offer, section = turn.slots["new_offer"], "booking" if is_waiting(turn) else "rebook"
        if is_waiting(turn):
            summary = booking_summary(offer, turn.slots.get("priority"), None, hold["expires_at"], _summary(turn))
        else:
            summary = change_summary(turn.slots["rebooked"], offer, hold["expires_at"])
        yes = payload("affirm", booking_confirmed="yes", offer=offer["slot_id"])
        say.utter_message(
            response="utter_booking_summary" if is_waiting(turn) else "utter_rebook_summary",
            summary=summary,
            buttons=[
                button(piece(f"{section}.confirm_button"), yes),
                button(piece(f"{section}.other_time_button"), payload("inform", booking_confirmed="other_time")),
                button(piece(f"{section}.leave_button"), payload("inform", offer="leave")),
            ],
        )

    def others(self) -> AskNewOffer:
        """The free slots again."""
        return AskNewOffer(self.care)

    def refused(self, turn: Turn, refusal: CareRefused, say: CollectingDispatcher) -> list[Event]:
        """It cannot be moved any more: said, and the form ends."""
        return [*_cannot(refusal, say), SlotSet("requested_slot", None), ActiveLoop(None)]


class Rebook(LatidoAction):
    """Confirms the new time, or leaves all as it was."""

    action_name = "action_rebook"
    ends_journey = True

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """The new appointment; nothing when the form was left before its end."""
        said = turn.slots.get("rebook_confirmed")
        if said is None:
            return []
        if said == "no":
            return self._leave_as_is(turn, say)
        hold = hold_of(turn, turn.slots["new_offer"], str(turn.slots["rebooked"]["id"]))
        if hold is None:
            return _back_to_the_summary()
        try:
            answer = self.care.confirm_hold(turn.resident, hold["id"], turn.key("rebook"))
        except CareRefused as refusal:
            return self._refused(refusal, say)
        return self._done(turn, answer, say)

    def _leave_as_is(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        let_go(self.care, turn)
        if is_waiting(turn):
            say.utter_message(response="utter_waiting_kept")
        else:
            say.utter_message(response="utter_not_moved", appointment=appointment_text(turn.slots["rebooked"]))
        return hint_resume(turn, forget_rebooking(), say)

    def _done(self, turn: Turn, answer: Json, say: CollectingDispatcher) -> list[Event]:
        new, old = answer["appointment"], answer.get("replaced")
        if old is None:
            say_booked(new, say)
        else:
            say.utter_message(
                response="utter_moved",
                date=date_in_words(new["start"]),
                time=time_in_words(new["start"]),
                center=center_title(new["center"]),
                address=new["center"].get("address") or "",
                old_date=date_in_words(old["start"]),
                old_time=time_in_words(old["start"]),
            )
        more = int(turn.slots.get("open_appointments") or 0) + (0 if old else 1)
        known = {"open_appointments": more, "booked_appointment": new["id"]}
        return hint_resume(turn, [*forget_rebooking(), *(SlotSet(k, v) for k, v in known.items())], say)

    def _refused(self, refusal: CareRefused, say: CollectingDispatcher) -> list[Event]:
        if refusal.code not in GONE:
            return _cannot(refusal, say)
        others = trimmed(refusal.body.get("offers"))
        if others is None:
            say.utter_message(response="utter_slot_taken")
        again = dict.fromkeys(("new_offer", "rebook_confirmed", "hold", "offers", "offer_search"))
        slots = {**again, "offers_given": others}
        return [*(SlotSet(slot, value) for slot, value in slots.items()), FollowupAction(REBOOK_FORM)]

    def when_unavailable(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """Says so, and keeps all but the confirmation, so that "Probar de nuevo" shows the summary again."""
        say.utter_message(response="utter_service_unavailable")
        return [SlotSet("rebook_confirmed", None), SlotSet("open_form", REBOOK_FORM)]


def _back_to_the_summary() -> list[Event]:
    return [SlotSet("rebook_confirmed", None), SlotSet("hold", None), FollowupAction(REBOOK_FORM)]


def _cannot(refusal: CareRefused, say: CollectingDispatcher) -> list[Event]:
    if refusal.code == "already_booked":
        say.utter_message(response="utter_already_booked", appointment=appointment_text(refusal.body["appointment"]))
    else:
        say.utter_message(response="utter_cannot_move")
    return forget_rebooking()
