"""What she has: her appointments with whether she comes, her place on the waiting list, and what can be done."""

from __future__ import annotations

import logging

from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import LatidoAction, hint_resume, set_aside
from actions.calendar import calendar_button, say_calendar, wants_calendar
from actions.care_client import CareUnavailable
from actions.replies import Json, button, payload
from actions.speech import appointments_text
from actions.texts import piece
from actions.turn import Event, Turn

logger = logging.getLogger(__name__)

QUICK = 3  # so many buttons are tapped at once; one more and they are a list, which has to be opened


class ListAppointments(LatidoAction):
    """Says which appointments she has, and where she stands on the waiting list."""

    action_name = "action_list_appointments"
    ends_journey = True

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """All of them, earliest first, with what can be done; or her calendar, if she wants that."""
        if wants_calendar(turn):
            return self._calendar(turn, say)
        appointments, entries = self.care.appointments(turn.resident), self._entries(turn)
        if appointments or entries:
            text = appointments_text(appointments, entries)
            say.utter_message(response="utter_appointments", appointments=text, buttons=_ways(appointments, entries))
        else:
            say.utter_message(response="utter_no_appointments")
        events = [*set_aside(turn), SlotSet("open_appointments", len(appointments))]
        return hint_resume(turn, events, say)

    def _calendar(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        if not say_calendar(turn, self.care, say):
            say.utter_message(response="utter_calendar_empty")
        return hint_resume(turn, set_aside(turn), say)

    def _entries(self, turn: Turn) -> list[Json]:
        try:
            return self.care.waiting_list(turn.resident)
        except CareUnavailable as error:
            logger.warning("the appointments are shown without the waiting list (%s)", error)
            return []


def _ways(appointments: list[Json], entries: list[Json]) -> list[Json]:
    """What she can do, most pressing first: three buttons, or a list where there is more."""
    offered = [entry for entry in entries if entry.get("offer")]
    if offered:
        return answer_buttons(offered[0]["id"])
    ways = [_of_appointments(name, appointments) for name in _ways_of(appointments)]
    ways += [waiting_button("leave", entry["id"]) for entry in entries[:1]]
    return ways if len(ways) == QUICK else [*ways, calendar_button()]


def _ways_of(appointments: list[Json]) -> list[str]:
    if not appointments:
        return []
    unsure = any(one.get("attendance") != "accepted" for one in appointments)
    return ["attend", "move", "cancel"] if unsure else ["move", "cancel", "map"]


def _of_appointments(name: str, appointments: list[Json]) -> Json:
    """A button about the only appointment, or about one of them, which is asked."""
    only = {"appointment_id": appointments[0]["id"]} if len(appointments) == 1 else {}
    payloads = {
        "attend": payload("confirm_attendance", **only),
        "move": payload("reschedule_appointment", **only),
        "cancel": payload("cancel_appointment", **only),
        "map": payload("ask_center_details", detail="map"),
    }
    return button(piece(f"appointments.{name}_button"), payloads[name])


def answer_buttons(entry_id: str) -> list[Json]:
    """The three answers to a slot kept for her by the waiting list."""
    return [waiting_button(answer, entry_id) for answer in ("accept", "decline", "leave")]


def waiting_button(answer: str, entry_id: str) -> Json:
    """One answer to the waiting list: `accept`, `decline`, `leave` or `stay`."""
    to = payload("waiting_list_answer", waiting_answer=answer, waiting_entry=entry_id)
    return button(piece(f"waiting.{answer}_button"), to)
