"""BORRAR: what goes and what stays is said, she is asked once, then it is done and she is a stranger again."""

from __future__ import annotations

from rasa_sdk.events import ActiveLoop, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.appointments import kept_appointment
from actions.base import CONSENT_FORM, LatidoAction, hint_resume, set_aside
from actions.care_client import CareRefused, CareUnavailable
from actions.holding import let_go
from actions.journey import JourneyForm
from actions.prenatal_answers import yes_or_no
from actions.speech import appointment_text
from actions.texts import is_one_of, mentions
from actions.turn import Event, Turn

ERASE_FORM = "erase_form"
INTENT = "delete_my_data"
ERASE_SLOTS = ("erase_confirmed", "erase_appointments", "erase_standing")
YES, NO, KEEP, CANCEL = "yes", "no", "keep", "cancel"
MOST_SHOWN = 3


class StartErasing(LatidoAction):
    """Looks up what stands and asks whether she is sure; a button of an earlier day only asks again."""

    action_name = "action_start_erasing"

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """The form that asks."""
        standing = self._standing(turn)
        started = {"erase_confirmed": None, "erase_appointments": None, "erase_standing": standing, "misses": 0}
        return [
            *set_aside(turn),
            *(SlotSet(slot, value) for slot, value in started.items()),
            FollowupAction(ERASE_FORM),
        ]

    def _standing(self, turn: Turn) -> list[dict[str, object]] | None:
        try:
            return [kept_appointment(one) for one in self.care.appointments(turn.resident)] or None
        except CareUnavailable:
            return None  # her data can be erased all the same; her appointments stand


class EraseForm(JourneyForm):
    """Whether she is sure, and what becomes of her appointments."""

    form = ERASE_FORM
    leaves_for = frozenset({"list_appointments", "cancel_appointment", "book_prenatal", "find_cesac", "opt_out"})
    carries_on = JourneyForm.carries_on | {INTENT}

    @property
    def elsewhere(self) -> frozenset[str]:
        """Its own intent is no leaving."""
        return super().elsewhere - {INTENT}

    def understand(self, turn: Turn, say: CollectingDispatcher) -> dict[str, object] | None:
        """The yes or no, or keep or cancel."""
        if turn.requested == "erase_confirmed":
            return self._sure(turn)
        if turn.requested == "erase_appointments":
            return self._appointments(turn)
        return {}

    def _sure(self, turn: Turn) -> dict[str, object] | None:
        tapped = turn.entity("erase")
        if tapped in (YES, NO):
            return {"erase_confirmed": tapped}
        if turn.means({"stop_flow"}):
            return {"erase_confirmed": NO}
        said = True if turn.words and turn.means({INTENT}) else yes_or_no(turn)
        return None if said is None else {"erase_confirmed": YES if said else NO}

    def _appointments(self, turn: Turn) -> dict[str, object] | None:
        tapped = turn.entity("erase")
        if tapped in (KEEP, CANCEL):
            return {"erase_appointments": tapped}
        if turn.means({"cancel_appointment"}) or mentions(turn.words, "cancel_them"):
            return {"erase_appointments": CANCEL}
        if mentions(turn.words, "leave_as_is") or mentions(turn.words, "keep_them") or is_one_of(turn.words, "yes"):
            return {"erase_appointments": KEEP}
        return None

    def expects(self, turn: Turn) -> bool:
        """Letting it be is a no to the first question."""
        return turn.requested == "erase_confirmed" and turn.means({"stop_flow"})

    def leaves(self, turn: Turn) -> bool:
        """Cancelling is an answer while it is asked what becomes of her appointments."""
        asked = turn.requested == "erase_appointments" and turn.means({"cancel_appointment"})
        return not asked and super().leaves(turn)

    def next_question(self, slots: dict[str, object]) -> str | None:
        """Whether, and then, if she has any, her appointments."""
        sure = slots.get("erase_confirmed")
        if sure is None:
            return "erase_confirmed"
        asks = sure == YES and slots.get("erase_standing") and slots.get("erase_appointments") is None
        return "erase_appointments" if asks else None


class AskEraseAppointments(LatidoAction):
    """Shows what stands and asks whether to keep it."""

    action_name = f"action_ask_{ERASE_FORM}_erase_appointments"

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """The question and its buttons."""
        standing = (turn.slots.get("erase_standing") or [])[:MOST_SHOWN]
        shown = "\n\n".join(appointment_text(one) for one in standing)
        say.utter_message(response="utter_ask_erase_appointments", appointments=shown)
        return []


class Erase(LatidoAction):
    """Erases, or lets it be; nothing when she left."""

    action_name = "action_erase"
    notes_needs = False

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """What was done, and the door of the beginning."""
        sure = turn.slots.get("erase_confirmed")
        if sure is None:
            return []
        if sure == NO:
            say.utter_message(response="utter_not_erased")
            done = [*_emptied(), *_door(turn)]
            return hint_resume(turn, done, say) if turn.slots.get("consent") else done
        cancelled = self._cancel(turn)
        let_go(self.care, turn)
        self.care.erase(turn.resident, turn.key("erase"))
        self._say(turn, cancelled, say)
        return [*_everything_forgotten(turn), *_door_shut()]

    def _cancel(self, turn: Turn) -> bool:
        """Whether all that she wanted cancelled is."""
        if turn.slots.get("erase_appointments") != CANCEL:
            return False
        for number, one in enumerate(turn.slots.get("erase_standing") or []):
            try:
                self.care.cancel(turn.resident, one["id"], turn.key(f"cancel-{number}"))
            except CareRefused:
                continue  # it does not stand any more, which is what she wants
        return True

    def _say(self, turn: Turn, cancelled: bool, say: CollectingDispatcher) -> None:
        if not turn.slots.get("erase_standing"):
            say.utter_message(response="utter_erased")
        else:
            say.utter_message(response="utter_erased_cancelled" if cancelled else "utter_erased_kept")

    def when_unavailable(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """Says that it is not done yet, and by when it has to be."""
        say.utter_message(response="utter_erase_unavailable")
        return [*_emptied(), *_door(turn)]


def _emptied() -> list[Event]:
    return [SlotSet(slot, None) for slot in ERASE_SLOTS]


def _door(turn: Turn) -> list[Event]:
    """Who has not agreed yet stands before the question of consent again."""
    return [] if turn.slots.get("consent") else _door_shut()


def _door_shut() -> list[Event]:
    return [ActiveLoop(CONSENT_FORM), SlotSet("requested_slot", "consent")]


def _everything_forgotten(turn: Turn) -> list[Event]:
    kept = {"consent_version", "requested_slot"}
    return [SlotSet(slot, None) for slot, value in turn.slots.items() if value is not None and slot not in kept]
