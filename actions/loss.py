"""A loss: few words, everything stops at once, a person is offered. Nothing is asked."""

from __future__ import annotations

from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import LatidoAction, set_aside
from actions.care_client import CareError
from actions.children.form import CHILD_SLOTS
from actions.holding import let_go
from actions.people import CHILD, SELF, children, cue, named, people, pregnant
from actions.prenatal import forget_booking
from actions.replies import Json
from actions.texts import mentions
from actions.turn import Event, Turn

UNDO = "undo"


class Loss(LatidoAction):
    """A pregnancy or a child was lost."""

    action_name = "action_loss"

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """The words first; whatever may be meant stops, and nothing of it is asked or offered again."""
        if turn.entity("detail") == UNDO:
            return self._undo(turn, say)
        stopped = self._stop(turn)
        say.utter_message(response="utter_report_loss" if stopped is not None else "utter_report_loss_by_hand")
        let_go(self.care, turn)
        emptied = [*forget_booking(), *(SlotSet(slot, None) for slot in CHILD_SLOTS)]
        return [*set_aside(turn), *emptied, *_closed(), SlotSet("people", _left(people(turn), stopped))]

    def _stop(self, turn: Turn) -> list[str] | None:
        """Whose record was closed; None when care could not be told: a person has to see to it."""
        if turn.slots.get("consent") in (None, "unknown"):
            return []
        try:
            told = [self.care.record_loss(turn.resident, loss, turn.key(f"loss-{loss['of']}")) for loss in losses(turn)]
        except CareError:
            return None
        return [one for answer in told for one in answer["stopped"]]

    def _undo(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        back = self.care.undo_loss(turn.resident, turn.key("undo-loss"))
        say.utter_message(response="utter_loss_undone")
        return [SlotSet("people", back)]


def _closed() -> list[Event]:
    """No journey waits to be taken up, and no other need is asked about: not now."""
    return [SlotSet(slot, None) for slot in ("open_form", "requested_slot", "needs")]


def _left(before: list[Json], stopped: list[str] | None) -> list[Json]:
    """Her people as they are spoken of from now on; when care could not say whose it was, no pregnancy is."""
    gone = [one["id"] for one in before if stopped is None or one["id"] in stopped]
    kept = [one for one in before if one["kind"] != CHILD or one["id"] not in (stopped or ())]
    return [{**one, "pregnancy": None} if one["id"] in gone else one for one in kept]


def losses(turn: Turn) -> list[Json]:
    """What care is told was lost; where it may be either, both."""
    tapped = turn.entity("person")  # in the menu under a reminder, which was about one of them
    if tapped:
        return [{"of": CHILD if str(tapped).startswith(CHILD) else "pregnancy", "person": str(tapped)}]
    of_child = mentions(turn.words, "child_died")
    on_record = children(turn)
    found: list[Json] = []
    if of_child and on_record:
        meant = named(turn, on_record) or (on_record[0] if len(on_record) == 1 else None)
        found.append({"of": "child", "person": meant["id"] if meant else None})
    if not found or not on_record or pregnant(turn):
        found.append({"of": "pregnancy", "person": _whose(turn)} if not of_child else {"of": "unknown", "person": None})
    return found


def _whose(turn: Turn) -> str | None:
    """Whose pregnancy it was, where that is clear; None: all that go on may be meant."""
    on_record = pregnant(turn)
    who = cue(turn).get("who")
    if who == "self" and any(one["id"] == SELF for one in on_record):
        return SELF
    if who == "other_adult":
        others = [one for one in on_record if one["id"] != SELF]
        return str(others[0]["id"]) if len(others) == 1 else None
    return str(on_record[0]["id"]) if len(on_record) == 1 else None
