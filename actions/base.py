"""The shape of every action: one synchronous step in a thread, and never a resident without an answer."""

from __future__ import annotations

import asyncio
import logging
import traceback
from abc import ABC, abstractmethod
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.asking.when import is_the_moment, offer_consent
from actions.care_client import CareClient, CareUnavailable, shared_client
from actions.needs import note_needs, offer_next
from actions.turn import Event, Turn, read_turn
from tracelog import current, note, step, trace_of

logger = logging.getLogger(__name__)

PRENATAL_FORM = "prenatal_form"
CONSENT_FORM = "consent_form"
REBOOK_FORM = "rebook_form"
PEDIATRIC_FORM = "pediatric_form"
BABY_FORM = "baby_form"
BIRTH_FORM = "birth_form"
SCHEDULE_FORM = "schedule_form"
CANCEL_FORM = "cancel_form"
OF_APPOINTMENTS = frozenset({"reschedule_appointment", "confirm_attendance", "list_appointments", "missed_appointment"})
# Journeys that end in an appointment: of those left half-way they are the ones worth coming back to.
BOOKING_FORMS = (PRENATAL_FORM, PEDIATRIC_FORM)


class LatidoAction(Action, ABC):
    """An action of Latido; Rasa shows the resident nothing when one fails, so none may."""

    action_name: str
    # Whether a journey is over when this is done, so that the next thing she asked for may be offered.
    ends_journey = False
    # Whether what else the message asks for is kept for later, and said so.
    notes_needs = True

    def __init__(self, care: CareClient | None = None) -> None:
        self._care = care

    def name(self) -> str:
        """Its name in the domain."""
        return self.action_name

    @property
    def care(self) -> CareClient:
        """The client of care: the one given, or this process's own."""
        return self._care or shared_client()

    @abstractmethod
    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """Does the step and returns its events; may block, may raise CareUnavailable."""

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[Event]:
        """Runs the step off the event loop and turns any failure into an honest answer."""
        turn = read_turn(tracker)
        with step("action", current() or trace_of(turn.message_sid), outcome="done"):
            return await self._answered(turn, dispatcher)

    async def _answered(self, turn: Turn, dispatcher: CollectingDispatcher) -> list[Event]:
        try:
            noted = note_needs(turn, dispatcher) if self.notes_needs else []
            events = [*noted, *await asyncio.to_thread(self.perform, turn, dispatcher)]
            if not self.ends_journey:
                return events
            events = offer_next(turn, events, dispatcher)
            if is_the_moment(turn, events, dispatcher):
                await asyncio.to_thread(offer_consent, turn, self.care, dispatcher)
            return events
        except CareUnavailable as error:
            logger.warning("%s: care is unavailable (%s)", self.name(), error)
            note(outcome="care_away")
            return self.when_unavailable(turn, dispatcher)
        except Exception as error:  # the last net: Rasa would send nothing at all
            # Not the message of the error: it could quote what the resident wrote.
            frames = "".join(traceback.format_tb(error.__traceback__))
            logger.error("%s failed with %s\n%s", self.name(), type(error).__name__, frames)
            note(outcome="broken")
            return self.when_broken(turn, dispatcher)

    def when_unavailable(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """Care is down: says so and keeps the journey's place."""
        say.utter_message(response="utter_service_unavailable")
        return set_aside(turn)

    def when_broken(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """Something we did not foresee: apologises and keeps the journey's place."""
        say.utter_message(response="utter_unexpected_error")
        return set_aside(turn)


def set_aside(turn: Turn) -> list[Event]:
    """Leaves the active form, remembering it for "seguir"; the question of consent is never left."""
    form = turn.active_form
    if form is None or form == CONSENT_FORM:
        return []
    if turn.slots.get("consent") is None:  # she only came in to have something erased
        return [SlotSet("requested_slot", "consent"), ActiveLoop(CONSENT_FORM)]
    if form == CANCEL_FORM and turn.intent in OF_APPOINTMENTS:
        return [SlotSet("requested_slot", None), ActiveLoop(None)]  # she decided otherwise: nothing to come back to
    keep = turn.slots.get("open_form")
    return [
        SlotSet("open_form", keep if keep in BOOKING_FORMS and form not in BOOKING_FORMS else form),
        SlotSet("requested_slot", None),
        ActiveLoop(None),
    ]


def open_journey(turn: Turn, events: list[Event]) -> str | None:
    """The form that waits to be resumed once these events have happened."""
    left = turn.slots.get("open_form")
    for event in events:
        if event.get("event") == "slot" and event.get("name") == "open_form":
            left = event.get("value")
    return left


def hint_resume(turn: Turn, events: list[Event], say: CollectingDispatcher) -> list[Event]:
    """Offers the journey left half-way, if there is one; returns the events unchanged."""
    form = open_journey(turn, events)
    if form:
        say.utter_message(response=f"utter_resume_hint_{form}")
    return events
