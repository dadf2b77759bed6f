"""Another time for what care knows already: an appointment that she moves, or her place on the waiting list.

Nothing is asked again: care takes the person, the weeks and the priority from the appointment or the entry. An
appointment stands until the new one is confirmed; "dejalo como está" leaves all as it was.
"""

from __future__ import annotations

from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.appointments import LIST_LIMIT, choice, kept_appointment, which
from actions.base import REBOOK_FORM, LatidoAction, hint_resume, set_aside
from actions.journey import JourneyForm
from actions.offers import chosen, chosen_instead, search_for, wants_another_time
from actions.prenatal_answers import yes_or_no
from actions.replies import Json
from actions.texts import mentions
from actions.turn import Event, Turn

APPOINTMENT, WAITING = "replaces", "waiting_entry"  # as care names them in its requests
QUESTIONS = ("rebooked", "new_offer", "rebook_confirmed")
REBOOK_SLOTS = (*QUESTIONS, "appointments", "offers", "offers_given", "offer_search", "priority", "hold")


def forget_rebooking() -> list[Event]:
    """Empties the form."""
    return [SlotSet(slot, None) for slot in REBOOK_SLOTS]


def begin_rebooking(basis: Json, given: Json | None = None, search: Json | None = None) -> list[Event]:
    """The form for this basis: with offers that care gave already, or looked for this way."""
    filled = {"rebooked": basis, "offers_given": given, "offer_search": search}
    return [*forget_rebooking(), *(SlotSet(k, v) for k, v in filled.items()), FollowupAction(REBOOK_FORM)]


def _basis_of(appointment: Json) -> Json:
    return {"kind": APPOINTMENT, **kept_appointment(appointment)}


class StartRebooking(LatidoAction):
    """Looks up what can be moved and begins; goes on where she left when it is taken up again."""

    action_name = "action_start_rebooking"

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """The form, with the appointment already chosen when it is clear which."""
        if _is_taken_up(turn):
            return [SlotSet("open_form", None), FollowupAction(REBOOK_FORM)]
        leaving = [*_not_open_any_more(turn), *set_aside(turn)]
        appointments = self.care.appointments(turn.resident)
        if not appointments:
            say.utter_message(response="utter_no_appointments")
            return hint_resume(turn, [*leaving, SlotSet("open_appointments", 0)], say)
        meant = which(turn, appointments)
        if meant:
            return [*leaving, *begin_rebooking(_basis_of(meant), search=_wished(turn, meant))]
        kept = [kept_appointment(one) for one in appointments[:LIST_LIMIT]]
        return [*leaving, *forget_rebooking(), SlotSet("appointments", kept), FollowupAction(REBOOK_FORM)]

    def when_unavailable(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """Says so; "Probar de nuevo" begins again."""
        say.utter_message(response="utter_service_unavailable")
        return [*set_aside(turn), SlotSet("open_form", REBOOK_FORM)]


def _not_open_any_more(turn: Turn) -> list[Event]:
    return [SlotSet("open_form", None)] if turn.slots.get("open_form") == REBOOK_FORM else []


def _is_taken_up(turn: Turn) -> bool:
    left_here = turn.slots.get("open_form") == REBOOK_FORM and bool(turn.slots.get("rebooked"))
    return left_here and not turn.means({"reschedule_appointment"})


def _wished(turn: Turn, appointment: Json) -> Json | None:
    """The day she would rather have: "pasalo para el viernes"; not the day of the one she moves."""
    others = [day for day in turn.entities.get("date", ()) if day != appointment["start"][:10]]
    return search_for(turn, others[-1] if others else None, appointment["start"]) or None


class RebookForm(JourneyForm):
    """Which one, another time, and whether she is sure."""

    form = REBOOK_FORM
    leaves_for = frozenset({"list_appointments", "cancel_appointment", "book_prenatal", "find_cesac"})
    carries_on = JourneyForm.carries_on | {"reschedule_appointment"}

    def understand(self, turn: Turn, say: CollectingDispatcher) -> dict[str, object] | None:
        """The choice, the yes or no, or that all is to stay as it is."""
        if turn.requested is None:
            return {}
        if turn.requested == "rebooked":
            meant = choice(turn, turn.slots.get("appointments") or [])
            return {"rebooked": _basis_of(meant)} if meant else None
        if turn.entity("offer") == "leave" or mentions(turn.words, "leave_as_is"):
            return {"rebook_confirmed": "no"}
        return _chosen(turn) if turn.requested == "new_offer" else _confirmation(turn)

    def expects(self, turn: Turn) -> bool:
        """ "Dejalo como está" is an answer here and not a leaving."""
        return turn.means({"stop_flow"}) and mentions(turn.words, "leave_as_is")

    def leaves(self, turn: Turn) -> bool:
        """What is said of moving belongs here, unless it is a button of another appointment."""
        return super().leaves(turn) and not (turn.words and turn.means({"reschedule_appointment"}))

    def next_question(self, slots: dict[str, object]) -> str | None:
        """Nothing more once she has said no."""
        if slots.get("rebook_confirmed") == "no":
            return None
        return next((slot for slot in QUESTIONS if slots.get(slot) is None), None)

    def explanation(self, turn: Turn) -> str:
        """By what is being moved."""
        if turn.requested == "rebook_confirmed":
            return "utter_explain_booking_confirmed" if is_waiting(turn) else "utter_explain_rebook_confirmed"
        return "utter_explain_chosen_offer" if turn.requested == "new_offer" else "utter_explain_appointment_id"


def is_waiting(turn: Turn) -> bool:
    """Whether it stems from the waiting list, and no appointment gives way."""
    return turn.slots["rebooked"]["kind"] == WAITING


def _chosen(turn: Turn) -> Json | None:
    if yes_or_no(turn) is False:
        return {"rebook_confirmed": "no"}
    found = chosen(turn)
    if found is None or "place" in found:
        return None
    return {"new_offer" if name == "chosen_offer" else name: value for name, value in found.items()}


def _confirmation(turn: Turn) -> Json | None:
    if turn.entity("booking_confirmed") == "other_time" or wants_another_time(turn):
        return {"new_offer": None}
    another = chosen_instead(turn, turn.slots["new_offer"])
    if another is not None:
        found = {"new_offer" if name == "chosen_offer" else name: value for name, value in another.items()}
        return {"new_offer": None, **found}
    said = True if turn.words and turn.means({"confirm_attendance"}) else yes_or_no(turn)
    return None if said is None else {"rebook_confirmed": "yes" if said else "no"}
