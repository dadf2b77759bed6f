"""Whether she comes, and that she did not: kept without a word of blame."""

from __future__ import annotations

from contextlib import suppress

from rasa_sdk.executor import CollectingDispatcher

from actions.appointments import LIST_LIMIT, appointment_item, which
from actions.base import LatidoAction, hint_resume, set_aside
from actions.care_client import CareClient, CareRefused
from actions.replies import Json, button, payload
from actions.speech import center_title, date_in_words, time_in_words
from actions.texts import piece
from actions.turn import Event, Turn


def _leave(turn: Turn, say: CollectingDispatcher) -> list[Event]:
    leaving = set_aside(turn)
    return hint_resume(turn, leaving, say) if leaving else []


class ConfirmAttendance(LatidoAction):
    """She will come: the centre is told."""

    action_name = "action_confirm_attendance"
    ends_journey = True

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """The appointment she means; which one, when that is not clear."""
        appointments = self.care.appointments(turn.resident)
        meant = which(turn, appointments)
        if meant:
            keep_attendance(self.care, turn, meant["id"], say)
        elif appointments:
            items = [appointment_item(one, "confirm_attendance") for one in appointments[:LIST_LIMIT]]
            say.utter_message(response="utter_which_attended", buttons=items)
        else:
            say.utter_message(response="utter_no_appointments")
        return _leave(turn, say)


def keep_attendance(care: CareClient, turn: Turn, appointment_id: str, say: CollectingDispatcher) -> None:
    """Tells the centre that she comes, and her that it is noted; or that the appointment does not stand."""
    try:
        kept = care.attend(turn.resident, appointment_id, turn.key("attend"))
    except CareRefused:
        say.utter_message(response="utter_cannot_attend")
        return
    say.utter_message(
        response="utter_confirm_attendance",
        date=date_in_words(kept["start"]),
        time=time_in_words(kept["start"]),
        center=center_title(kept["center"]),
        buttons=[button(piece("appointments.map_button"), payload("ask_center_details", detail="map"))],
    )


def _another(missed: Json) -> list[Json]:
    """Another appointment of the same kind and person, or not now."""
    child = (missed.get("patient") or {}).get("person") if missed.get("service") == "pediatric" else None
    book = payload("book_pediatric", person=child) if child else payload("book_prenatal")
    return [
        button(piece("appointments.again_button"), book),
        button(piece("appointments.not_now_button"), payload("goodbye")),
    ]


class MissedAppointment(LatidoAction):
    """She did not come: no blame, and another one is offered."""

    action_name = "action_missed_appointment"
    ends_journey = True

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """What was missed is kept; one still to come may be moved instead."""
        past = self.care.missable(turn.resident)
        missed = which(turn, past)
        if missed:
            self._keep(turn, missed, say)
        elif past:
            items = [appointment_item(one, "missed_appointment") for one in past[:LIST_LIMIT]]
            say.utter_message(response="utter_which_missed", buttons=items)
        else:
            self._none_past(turn, say)
        return _leave(turn, say)

    def _keep(self, turn: Turn, missed: Json, say: CollectingDispatcher) -> None:
        # Refused when the centre was quicker to say how it ended: what she needs is another one all the same.
        with suppress(CareRefused):
            self.care.missed(turn.resident, missed["id"], turn.key("missed"))
        say.utter_message(response="utter_missed_appointment", buttons=_another(missed))

    def _none_past(self, turn: Turn, say: CollectingDispatcher) -> None:
        to_come = self.care.appointments(turn.resident)
        if not to_come:
            say.utter_message(response="utter_missed_appointment", buttons=_another({}))
            return
        start = to_come[0]["start"]
        say.utter_message(response="utter_missed_not_yet", date=date_in_words(start), time=time_in_words(start))
