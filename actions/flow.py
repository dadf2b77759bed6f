"""Leaving a journey, coming back to it, and the small words outside of one."""

from __future__ import annotations

from rasa_sdk.events import ActionExecuted, ActiveLoop, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.appointments import CANCEL_SLOTS
from actions.base import (
    CANCEL_FORM,
    PEDIATRIC_FORM,
    PRENATAL_FORM,
    REBOOK_FORM,
    LatidoAction,
    hint_resume,
    open_journey,
    set_aside,
)
from actions.childhood import CHILDHOOD_SLOTS
from actions.children.booking import forget_child_booking
from actions.erasing import ERASE_FORM, ERASE_SLOTS
from actions.feedback import FEEDBACK_SLOTS
from actions.holding import let_go
from actions.needs import meant, need_offered
from actions.people import tells_of_a_child
from actions.places import PLACE_FORM, near_from, unknown_center
from actions.prenatal import forget_booking
from actions.rebooking import forget_rebooking
from actions.texts import mentions
from actions.turn import Event, Turn

OFFER_SLOTS = ("chosen_offer", "booking_confirmed", "offers", "offers_given", "offer_search")


class StopFlow(LatidoAction):
    """ "Salir": leaves what is going on and keeps it, or throws it away when she wants to start anew."""

    action_name = "action_stop_flow"

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """What was left, and how to come back."""
        if mentions(turn.words, "leave_waiting_list"):
            return [FollowupAction("action_leave_waiting_list")]
        leaving = set_aside(turn)
        if open_journey(turn, leaving) is None:
            say.utter_message(response="utter_nothing_to_stop")
            return []
        if turn.entity("restart") or mentions(turn.words, "start_over"):
            let_go(self.care, turn)
            say.utter_message(response="utter_started_over")
            return forget_journeys()
        rebooking = turn.active_form == REBOOK_FORM
        say.utter_message(response="utter_stopped_rebook_form" if rebooking else "utter_stopped")
        return leaving


def forget_journeys() -> list[Event]:
    """Empties every form."""
    small = [SlotSet(slot, None) for slot in (*CANCEL_SLOTS, *CHILDHOOD_SLOTS, *ERASE_SLOTS, *FEEDBACK_SLOTS)]
    slots = [*forget_booking(), *forget_child_booking(), *forget_rebooking(), *small, SlotSet("needs", None)]
    return [*slots, SlotSet("open_form", None), SlotSet("requested_slot", None), ActiveLoop(None)]


class Goodbye(LatidoAction):
    """She takes her leave: what was going on waits for her."""

    action_name = "action_goodbye"

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """Goodbye, and the way back when a journey is left half-way."""
        say.utter_message(response="utter_goodbye")
        leaving = set_aside(turn)
        return hint_resume(turn, leaving, say) if leaving else []


class ResumeFlow(LatidoAction):
    """ "Seguir": takes up the journey left half-way."""

    action_name = "action_resume_flow"

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """The form, which asks its next question."""
        return resume(turn) or _nothing(say)


def resume(turn: Turn) -> list[Event]:
    """The events that take up the open journey; none when there is none."""
    form = turn.slots.get("open_form")
    if form is None:
        return []
    if form in _STARTS:
        return [FollowupAction(_STARTS[form])]
    told_where = form == PLACE_FORM and near_from(turn) is not None
    return [SlotSet("open_form", None), FollowupAction("action_find_centers" if told_where else form)]


# Started again rather than resumed bare, so that what the message tells is used and what is stale is looked up.
_STARTS = {
    PRENATAL_FORM: "action_start_prenatal",
    PEDIATRIC_FORM: "action_start_pediatric",
    CANCEL_FORM: "action_start_cancel",
    REBOOK_FORM: "action_start_rebooking",
    ERASE_FORM: "action_start_erasing",
}


def _nothing(say: CollectingDispatcher) -> list[Event]:
    say.utter_message(response="utter_nothing_to_resume")
    return []


class Greet(LatidoAction):
    """A greeting; after a break it asks whether to go on."""

    action_name = "action_greet"

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """Hello, or the journey left half-way."""
        form = turn.slots.get("open_form")
        say.utter_message(response=f"utter_ask_resume_{form}" if form else "utter_greet")
        return []


class Affirm(LatidoAction):
    """A yes outside a form: to going on, if something is open."""

    action_name = "action_affirm"

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """What she was just asked about, the open journey, or what else she needs."""
        offered = need_offered(turn)
        if offered:
            return [ActionExecuted("action_listen"), meant(offered)]
        going_on = resume(turn)
        if not going_on:
            say.utter_message(response="utter_anything_else")
        return going_on


class Deny(LatidoAction):
    """A no outside a form."""

    action_name = "action_deny"

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """Lets it be; what is open stays open, and what she was about to cancel stands."""
        if need_offered(turn):
            say.utter_message(response="utter_need_dropped")
            return [SlotSet("needs", None)]
        if turn.entity("cancel_confirmed") == "no":
            say.utter_message(response="utter_not_cancelled")
            return []
        say.utter_message(response="utter_stopped" if turn.slots.get("open_form") else "utter_goodbye")
        return []


class Inform(LatidoAction):
    """A datum that no form asked for: an old button, an answer after a break, or the first thing she says."""

    action_name = "action_inform"

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """The journey it belongs to."""
        if turn.entity("offer"):
            return _old_offer(turn, say)
        going_on = resume(turn)
        if going_on:
            return going_on
        if turn.entity("child_age") and turn.slots.get("childhood_shown"):
            return [FollowupAction("action_start_childhood")]
        if near_from(turn) or unknown_center(turn):
            return [FollowupAction("action_find_centers")]
        if tells_of_a_child(turn):
            say.utter_message(response="utter_about_child")
            return []
        if turn.entity("gestational_age") or turn.entity("prior_checkups"):
            return [FollowupAction("action_report_pregnancy")]
        return [FollowupAction("action_default_fallback")]


def _old_offer(turn: Turn, say: CollectingDispatcher) -> list[Event]:
    """An item of a list shown before: never booked from here, the journey it belongs to looks again."""
    rebooking = turn.slots.get("open_form") == REBOOK_FORM
    if turn.entity("offer") == "leave":
        if rebooking:
            left = {"rebook_confirmed": "no", "open_form": None}
            return [*(SlotSet(k, v) for k, v in left.items()), FollowupAction("action_rebook")]
        say.utter_message(response="utter_nothing_to_stop")
        return []
    say.utter_message(response="utter_offer_expired")
    stale = [SlotSet(slot, None) for slot in OFFER_SLOTS]
    if rebooking:
        return [*stale, SlotSet("new_offer", None), FollowupAction("action_start_rebooking")]
    return [*stale, SlotSet("open_form", None), FollowupAction("action_start_prenatal")]


class NextNeed(LatidoAction):
    """After a journey that ends in its form: offers what else she asked for, if there is anything."""

    action_name = "action_next_need"
    ends_journey = True

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """Nothing of its own."""
        return []
