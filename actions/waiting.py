"""The waiting list after she has joined it: the answer to a released slot, days later and in any state, and leaving."""

from __future__ import annotations

from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.appointment_list import answer_buttons, waiting_button
from actions.base import LatidoAction, hint_resume, set_aside
from actions.booking import say_booked
from actions.care_client import CareRefused
from actions.holding import GONE
from actions.offers import trimmed
from actions.rebooking import WAITING, begin_rebooking
from actions.replies import Json
from actions.speech import appointment_text, date_in_words, time_in_words
from actions.turn import Event, Turn


class AnswerWaitingList(LatidoAction):
    """Her answer to a slot that was released and kept for her: by button alone."""

    action_name = "action_waiting_list_answer"

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """What came of it; a journey that was going on waits."""
        answer, entry = str(turn.entity("waiting_answer")), str(turn.entity("waiting_entry"))
        leaving = set_aside(turn)
        if answer == "accept":
            return self._accept(turn, entry, leaving, say)
        if answer in ("decline", "leave"):
            say.utter_message(response=self._tell(turn, entry, answer))
        else:
            say.utter_message(response="utter_waiting_kept")
        return hint_resume(turn, leaving, say) if leaving else []

    def _tell(self, turn: Turn, entry: str, answer: str) -> str:
        try:
            self.care.answer_waiting_list(turn.resident, entry, answer, turn.key(answer))
        except CareRefused:
            return "utter_waiting_ended"
        return "utter_waiting_declined" if answer == "decline" else "utter_waiting_left"

    def _accept(self, turn: Turn, entry: str, leaving: list[Event], say: CollectingDispatcher) -> list[Event]:
        try:
            answer = self.care.answer_waiting_list(turn.resident, entry, "accept", turn.key("accept"))
        except CareRefused as refusal:
            return self._refused(turn, entry, refusal, leaving, say)
        say_booked(answer["appointment"], say)
        replaced = answer.get("replaced")
        if replaced:
            start = replaced["start"]
            say.utter_message(response="utter_old_let_go", date=date_in_words(start), time=time_in_words(start))
        more = 0 if replaced else 1
        booked = SlotSet("open_appointments", int(turn.slots.get("open_appointments") or 0) + more)
        events = [*leaving, booked, SlotSet("booked_appointment", answer["appointment"]["id"])]
        return hint_resume(turn, events, say) if leaving else events

    def _refused(
        self, turn: Turn, entry: str, refusal: CareRefused, leaving: list[Event], say: CollectingDispatcher
    ) -> list[Event]:
        if refusal.code in GONE:
            others = trimmed(refusal.body.get("offers"))
            if others:
                return [*leaving, *begin_rebooking({"kind": WAITING, "id": entry}, others)]
            say.utter_message(response="utter_waiting_gone")
        elif refusal.code == "already_booked":
            already = appointment_text(refusal.body["appointment"])
            say.utter_message(response="utter_already_booked", appointment=already)
        else:
            say.utter_message(response="utter_waiting_ended")
        return leaving

    def when_unavailable(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """Says so, with the same buttons again: nobody should have to scroll back for them."""
        entry = str(turn.entity("waiting_entry"))
        say.utter_message(response="utter_waiting_unavailable", buttons=answer_buttons(entry))
        return set_aside(turn)


class LeaveWaitingList(LatidoAction):
    """She wants off the waiting list, in words: her entry is shown and she is asked."""

    action_name = "action_leave_waiting_list"

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """The question, whose buttons hold for her entry."""
        entries: list[Json] = self.care.waiting_list(turn.resident)
        if entries:
            buttons = [waiting_button(answer, entries[0]["id"]) for answer in ("leave", "stay")]
            say.utter_message(response="utter_ask_leave_waiting_list", buttons=buttons)
        else:
            say.utter_message(response="utter_not_waiting")
        return set_aside(turn)
