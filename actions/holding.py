"""A slot kept while she decides: held when she picks it, booked when she says yes, let go when she drops it."""

from __future__ import annotations

import logging
from abc import abstractmethod
from datetime import datetime, timezone

from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import LatidoAction
from actions.care_client import CareClient, CareError, CareRefused
from actions.offer_list import AskOffers
from actions.replies import Json
from actions.turn import Event, Turn

logger = logging.getLogger(__name__)

# Whatever was kept is not hers any more: others are offered.
GONE = frozenset({"slot_taken", "hold_expired"})


def hold_of(turn: Turn, offer: Json, basis: str | None) -> Json | None:
    """The hold she has on this offer for this purpose, run out or not; None when it is on another."""
    hold = turn.slots.get("hold")
    fits = hold and hold["slot_id"] == offer["slot_id"] and hold.get("basis") == basis
    return hold if fits else None


def let_go(care: CareClient, turn: Turn) -> None:
    """Frees what is kept for her; what cannot be freed now frees itself when its time is over."""
    hold = turn.slots.get("hold")
    if not hold:
        return
    try:
        care.release_hold(turn.resident, hold["id"], turn.key("release"))
    except CareError as error:
        logger.info("a hold was left to run out (%s)", error)


def _has_run_out(hold: Json) -> bool:
    return datetime.fromisoformat(hold["expires_at"]) <= datetime.now(timezone.utc)


class AskHeldSummary(LatidoAction):
    """Holds the chosen slot, says until when, and asks; shows others at once when somebody was quicker."""

    offer_slot: str

    @abstractmethod
    def hold_request(self, turn: Turn) -> Json:
        """The body of `POST /holds`."""

    @abstractmethod
    def summarise(self, turn: Turn, hold: Json, say: CollectingDispatcher) -> None:
        """Says what is about to be booked and asks."""

    @abstractmethod
    def others(self) -> AskOffers:
        """The list to go back to."""

    @abstractmethod
    def refused(self, turn: Turn, refusal: CareRefused, say: CollectingDispatcher) -> list[Event]:
        """What to do when no other slot would help."""

    def basis(self, turn: Turn) -> str | None:
        """What the new appointment stems from; a hold made for something else is another hold."""
        return None

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """The summary of a slot that is kept, or other slots."""
        hold = hold_of(turn, turn.slots[self.offer_slot], self.basis(turn))
        if hold is None or _has_run_out(hold):
            try:
                hold = self._hold(turn)
            except CareRefused as refusal:
                return self._gone(turn, refusal, say) if refusal.code in GONE else self.refused(turn, refusal, say)
        self.summarise(turn, hold, say)
        return [SlotSet("hold", hold)]

    def _hold(self, turn: Turn) -> Json:
        made = self.care.hold(self.hold_request(turn))["hold"]
        slot_id = turn.slots[self.offer_slot]["slot_id"]
        return {"id": made["id"], "expires_at": made["expires_at"], "slot_id": slot_id, "basis": self.basis(turn)}

    def _gone(self, turn: Turn, refusal: CareRefused, say: CollectingDispatcher) -> list[Event]:
        back = {self.offer_slot: None, "hold": None, "requested_slot": self.offer_slot}
        shown = self.others().instead(turn, refusal.body.get("offers"), say)
        return [*(SlotSet(slot, value) for slot, value in back.items()), *shown]

    def when_unavailable(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """Says so; the form stays at this question, and "Probar de nuevo" asks it again."""
        say.utter_message(response="utter_service_unavailable")
        return []
