"""The action behind every button of a reminder, and behind words right after one."""

from __future__ import annotations

from rasa_sdk.executor import CollectingDispatcher

from actions.base import LatidoAction, hint_resume, set_aside
from actions.care_client import CareClient, CareRefused
from actions.journey import answers
from actions.reminders.meaning import CONTENT, meaning
from actions.reminders.talk import OF_APPOINTMENT, Talk, respond
from actions.reminders.tapping import STOPS, stop, tapped
from actions.replies import Json
from actions.turn import Event, Turn

# Where nobody knows any more which reminder it was: what she wants, of whatever she has.
PLAIN = {
    "confirm": "confirm_attendance",
    "move": "reschedule_appointment",
    "cancel": "cancel_appointment",
    "not_went": "missed_appointment",
}


class AnswerReminder(LatidoAction):
    """An answer to a reminder, in any state and however old it is."""

    action_name = "action_reminder_answer"

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """What came of it; a journey that was going on waits."""
        leaving, answer = set_aside(turn), str(turn.entity("answer"))
        if answer in STOPS:  # her right does not wait for the health service
            return [*leaving, *stop(turn, self.care, answer)]
        reminder = read(turn, self.care)
        if answer in PLAIN and (reminder is None or reminder["kind"] == CONTENT):
            return [*leaving, *tapped(PLAIN[answer])]
        if reminder is None:
            say.utter_message(response="utter_reminder_unknown")
            return hint_resume(turn, leaving, say) if leaving else []
        events = respond(Talk(turn, self.care, reminder, say), meaning(answer, reminder))
        if events or not leaving:
            return [*leaving, *events]
        return hint_resume(turn, leaving, say)

    def when_unavailable(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """Says so: the button she tapped works again later."""
        say.utter_message(response="utter_reminder_answer")
        return set_aside(turn)


@answers("reminder_answer")
def answer_in_form(turn: Turn, care: CareClient, say: CollectingDispatcher) -> None:
    """The same in the middle of a form, which goes on where it was: only what needs no journey of its own."""
    reminder = read(turn, care)
    if reminder is None:
        say.utter_message(response="utter_reminder_unknown")
        return
    step = meaning(str(turn.entity("answer")), reminder)
    leads_away = step == "confirm" and reminder["kind"] != OF_APPOINTMENT and reminder["now"] == "stands"
    respond(Talk(turn, care, reminder, say), "see" if leads_away else step)


def read(turn: Turn, care: CareClient) -> Json | None:
    """The reminder that is answered, as things stand now; None when it is not known any more, or not hers."""
    named = turn.entity("reminder")
    if named is None:
        return None
    try:
        return care.reminder(turn.resident, str(named))
    except CareRefused:
        return None
