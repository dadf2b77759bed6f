"""What the forms about a child share: their questions, what they read of an answer, what they take back."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from rasa_sdk.executor import CollectingDispatcher

from actions.care_client import CareClient, CareRefused
from actions.children.answers import (
    NO_NAME,
    UNKNOWN,
    answered_birthday,
    answered_child,
    answered_document,
    answered_name,
    is_to_come,
    told_of_child,
)
from actions.corrections import is_mistaken
from actions.journey import JourneyForm
from actions.people import NEW, known, with_person
from actions.replies import Json
from actions.texts import mentions
from actions.turn import Turn

Reader = Callable[[Turn], Json | None]
READERS: dict[str, Reader] = {
    "child": answered_child,
    "child_name": answered_name,
    "birth_date": answered_birthday,
    "child_document": answered_document,
}
# What she says she got wrong, without saying yet what is right: it is asked again.
_ABOUT = {"about_name": "child_name", "about_birthday": "birth_date", "about_document": "child_document"}
CHILD_SLOTS = ("child", "child_name", "birth_date", "child_document", "child_dni")


class ChildForm(JourneyForm):
    """A form that asks about a child; what a message tells of several things fills several questions."""

    readers: ClassVar = READERS

    def understand(self, turn: Turn, say: CollectingDispatcher) -> dict[str, object] | None:
        """All slots this message fills; a birthday that cannot be is asked for again."""
        if turn.requested is None:
            return {}
        filled = self._filled(turn)
        if filled is None:
            return None
        return self._checked(turn, filled, say)

    def _filled(self, turn: Turn) -> Json | None:
        if is_mistaken(turn):
            return self._taken_back(turn)
        reader = self.readers.get(turn.requested or "")
        answered = (reader(turn) if reader else None) or {}
        told = {slot: value for slot, value in told_of_child(turn).items() if self._may_fill(turn, slot)}
        return {**told, **answered} or None

    def _may_fill(self, turn: Turn, slot: str) -> bool:
        """Only what is still open; which child it is about is settled once it was told."""
        return turn.slots.get(slot) is None and slot in self.readers

    def _taken_back(self, turn: Turn) -> Json | None:
        """ "No, me equivoqué, nació el lunes": the new value, or the question again."""
        told = {**told_of_child(turn), **({"birth_date": turn.entity("date")} if turn.entity("date") else {})}
        told.pop("child", None)
        if told:
            return told
        for words, slot in _ABOUT.items():
            if mentions(turn.words, words) and turn.slots.get(slot) is not None:
                return {slot: None}
        return None

    def _checked(self, turn: Turn, filled: Json, say: CollectingDispatcher) -> Json:
        born = filled.get("birth_date")
        if isinstance(born, str) and born != UNKNOWN and is_to_come(born):
            say.utter_message(response="utter_birth_date_to_come")
            return {**filled, "birth_date": None, "misses": 0}
        return filled


def is_told_well_enough(slots: Json) -> bool:
    """Whether a child can be put on record: which one, its birthday, and its name or that none is told."""
    return bool(slots.get("child") and slots.get("birth_date")) and slots.get("child_name") is not None


def on_record(care: CareClient, turn: Turn, slots: Json, say: CollectingDispatcher) -> Json:
    """Puts the child on record, or completes it; the slots with the id that it got."""
    child = {
        "child": None if slots["child"] == NEW else slots["child"],
        "given_name": slots.get("child_name") or None,
        "birth_date": None if slots.get("birth_date") == UNKNOWN else slots.get("birth_date"),
    }
    try:
        person = care.record_child(turn.resident, child, turn.key("child"))
    except CareRefused as refusal:
        if refusal.code != "impossible_birth_date":
            raise
        say.utter_message(response="utter_birth_date_impossible")
        return {"birth_date": None}
    return {"child": person["id"], "people": with_person(turn, person)}


def facts_of(turn: Turn, slots: Json) -> Json:
    """The name and birthday that care knows of the child on record, so that they are not asked."""
    person = known(turn, slots.get("child"))
    if person is None:
        return {}
    return {"child_name": person.get("given_name") or NO_NAME, "birth_date": person.get("birth_date")}
