"""The priority prenatal appointment: from the wish to the booking."""

from __future__ import annotations

from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.appointment_form import TIME_QUESTIONS, AppointmentForm, time_answer
from actions.base import CONSENT_FORM, PRENATAL_FORM, LatidoAction, set_aside
from actions.consent import consent_given
from actions.corrections import another_person, corrected, is_mistaken, mistaken_about, says_it_again
from actions.offers import ON_RECORD
from actions.people import SELF, cue, pregnancy_meant
from actions.places import (
    is_another_matter,
    near_from,
    place_told,
)
from actions.prenatal_answers import (
    answer,
    implausible,
    tells_of_earlier_loss,
    tells_of_old_history,
    told,
    told_age_band,
    who_is_it_for,
)
from actions.replies import Json
from actions.speech import appointment_text
from actions.texts import mentions
from actions.turn import Event, Turn

# In the order in which they are asked. `patient_name` only for somebody else.
QUESTIONS = (
    "for_whom", "patient_name", "document_status", "gestational_age", "prior_checkups", "age_band", "conditions",
    "history", "place", "chosen_offer", "booking_confirmed",
)  # fmt: skip
BOOKING_SLOTS = (*QUESTIONS, "patient_person", "dni", "offers", "offers_given", "offer_search", "priority", "hold")
FEWEST_DIGITS_OF_A_TRY = 4  # fewer are no attempt at a DNI
FORGOTTEN = tuple(slot for slot in BOOKING_SLOTS if slot != "place")


def forget_booking() -> list[Event]:
    """Empties the form for the next time; where she lives is kept."""
    return [SlotSet(slot, None) for slot in FORGOTTEN]


def next_question(slots: dict[str, object]) -> str | None:
    """The first question still without an answer."""
    for slot in QUESTIONS:
        if slot == "patient_name" and slots.get("for_whom") != "other":
            continue
        if slots.get(slot) is None or (slot == "place" and _is_of_somebody_else(slots)):
            return slot
    return None


def _is_of_somebody_else(slots: dict[str, object]) -> bool:
    """Whether the place is the one remembered of the resident, while the appointment is for another person."""
    place = slots.get("place")
    return slots.get("for_whom") == "other" and isinstance(place, dict) and bool(place.get("remembered"))


_WHOSE = {"self": "self", "other_adult": "other"}


def facts(turn: Turn) -> Json:
    """All that a message outside the form tells about the appointment to come."""
    found = told(turn, dict(turn.slots))
    whose = _WHOSE.get(cue(turn).get("who")) or who_is_it_for(turn.words)
    if whose and turn.slots.get("for_whom") is None:
        found.setdefault("for_whom", whose)
    age = told_age_band(turn.words, found.get("for_whom", turn.slots.get("for_whom")))
    if age and turn.slots.get("age_band") is None:
        found.setdefault("age_band", age)
    if tells_of_old_history(turn.words) and turn.slots.get("history") is None:
        found.setdefault("history", "yes")
    return found


def on_record(turn: Turn, slots: Json) -> Json:
    """What care knows of the pregnancy meant, so that it is not asked again; empty when it is not clear whose."""
    person = pregnancy_meant(turn, slots.get("for_whom"))
    if person is None:
        return {}
    age = person["pregnancy"].get("gestational_age")
    known = {
        "for_whom": "self" if person["id"].startswith(SELF) else "other",
        "patient_person": person["id"],
        "patient_name": person.get("given_name"),
        "document_status": ON_RECORD,
        "gestational_age": age if age and not implausible(age) else None,
    }
    return {slot: value for slot, value in known.items() if value is not None and slots.get(slot) is None}


class StartPrenatal(LatidoAction):
    """Begins the appointment with all that was told, once she has agreed and has none yet."""

    action_name = "action_start_prenatal"

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """Facts of the message, then the form; consent first when it could not be asked before."""
        leaving = set_aside(turn)
        consent = consent_given(self.care, turn)
        if consent is None:
            return [*leaving, SlotSet("consent", None), FollowupAction(CONSENT_FORM)]
        filled = {"consent": consent, "open_form": None, **self._facts(turn)}
        for_other = filled.get("for_whom", turn.slots.get("for_whom")) == "other"
        if not for_other and self._has_one(turn, say):
            return [*leaving, SlotSet("consent", consent)]
        filled.update(place_told(self.care, turn))
        all_told = {**turn.slots, **filled}
        _read_back(filled if turn.slots.get("open_form") else all_told, all_told.get("for_whom"), say)
        return [*leaving, *(SlotSet(k, v) for k, v in filled.items()), FollowupAction(PRENATAL_FORM)]

    def _facts(self, turn: Turn) -> Json:
        if turn.entity("for_whom") == "other" and turn.slots.get("for_whom") != "other":
            # Another person: what was told of the first is not hers.
            return {**dict.fromkeys(FORGOTTEN), "for_whom": "other"}
        told = facts(turn)
        return {**on_record(turn, {**turn.slots, **told}), **told}

    def _has_one(self, turn: Turn, say: CollectingDispatcher) -> bool:
        if not turn.slots.get("open_appointments"):
            return False
        for appointment in self.care.appointments(turn.resident):
            if appointment["service"] == "prenatal" and appointment["patient"]["for_whom"] == "self":
                say.utter_message(response="utter_already_booked", appointment=appointment_text(appointment))
                return True
        return False


class PrenatalForm(AppointmentForm):
    """Understands each answer; tells of one thing may fill several questions."""

    form = PRENATAL_FORM
    service = "prenatal"
    carries_on = AppointmentForm.carries_on | {"book_prenatal", "report_pregnancy"}

    def understand(self, turn: Turn, say: CollectingDispatcher) -> dict[str, object] | None:
        """All slots this message fills, its place looked up."""
        if turn.requested is None:
            return {}
        if turn.means({"ask_center_details"}) and turn.requested != "place":
            return self.tell_of_center(turn, say)
        filled = self._filled(turn, say)
        age = filled.get("gestational_age")
        if isinstance(age, dict) and implausible(age):
            say.utter_message(response="utter_gestational_age_implausible")
            return {"gestational_age": None}
        _read_back(filled, filled.get("for_whom") or turn.slots.get("for_whom"), say)
        place = self.place_answer(turn, filled, say)
        if not filled and place is None:
            return {} if says_it_again(turn) else None
        return {**filled, **(place or {})}

    def expects(self, turn: Turn) -> bool:
        """An earlier loss, when earlier pregnancies are asked about."""
        return turn.intent == "report_loss" and tells_of_earlier_loss(turn)

    def next_question(self, slots: dict[str, object]) -> str | None:
        """As the journey goes."""
        return next_question(slots)

    def _filled(self, turn: Turn, say: CollectingDispatcher) -> Json:
        """What the message tells: first what it takes back, which is no answer to the question being asked."""
        if another_person(turn):
            return {**dict.fromkeys(FORGOTTEN), "for_whom": "other"}
        again = corrected(turn)
        if again:
            return again
        unasked = told(turn, dict(turn.slots))
        if not is_mistaken(turn):
            return {**unasked, **(self._answer(turn) or {})}
        another_day = self._answer(turn) if turn.requested in TIME_QUESTIONS and _names_a_time(turn) else None
        if another_day:
            return another_day
        if turn.requested in TIME_QUESTIONS and _names_a_time(turn):
            return {"misses": 0}  # she only repeats the time that is chosen
        again = {} if unasked or near_from(turn) else mistaken_about(turn)
        if not (unasked or near_from(turn) or again):
            say.utter_message(response="utter_correct_how")
            return {"misses": 0}
        return {**unasked, **again}

    def explanation(self, turn: Turn) -> str:
        """What is wrong with a number, where a number was written."""
        digits = sum(letter.isdigit() for letter in turn.words)
        if turn.requested == "document_status" and digits >= FEWEST_DIGITS_OF_A_TRY:
            return "utter_document_number_wrong"
        if turn.requested == "gestational_age" and digits:
            return "utter_gestational_age_implausible"
        return super().explanation(turn)

    def _answer(self, turn: Turn) -> Json | None:
        if turn.requested in TIME_QUESTIONS:
            return time_answer(turn)
        named = turn.requested == "patient_name" and turn.entity("given_name") is not None
        declines = turn.requested == "patient_name" and turn.means({"deny"})
        asked = turn.requested in ("patient_name", "age_band") and not (named or declines)
        if asked and is_another_matter(turn, self.elsewhere):
            return None
        return answer(turn)


def _read_back(filled: Json, for_whom: object, say: CollectingDispatcher) -> None:
    age = filled.get("gestational_age")
    if not isinstance(age, dict):
        return
    low, high = age.get("weeks_min"), age.get("weeks_max")
    if low is None or high is None:
        say.utter_message(response="utter_gestational_age_unknown")
        return
    kind = ("exact" if low == high else "range") + ("_other" if for_whom == "other" else "")
    say.utter_message(response=f"utter_gestational_age_{kind}", weeks_min=low, weeks_max=high)


def _names_a_time(turn: Turn) -> bool:
    return turn.entity("date") is not None or turn.entity("time_of_day") is not None


class PregnancyOptions(LatidoAction):
    """She doubts or does not want to go on: options told neutrally, a booking left alone without a word of it."""

    action_name = "action_pregnancy_options"

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """The line that informs; nothing is stored."""
        say.utter_message(response="utter_ask_pregnancy_options")
        return set_aside(turn)


class ReportPregnancy(LatidoAction):
    """A pregnancy is told: nothing is assumed, what was told is kept in case she wants an appointment."""

    action_name = "action_report_pregnancy"

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """The neutral question, and the facts."""
        leaving = set_aside(turn)
        filled = {**facts(turn), **place_told(self.care, turn)}
        refused = mentions(turn.words, "refused_care")
        say.utter_message(response="utter_care_refused" if refused else "utter_report_pregnancy")
        return [*leaving, *(SlotSet(k, v) for k, v in filled.items())]
