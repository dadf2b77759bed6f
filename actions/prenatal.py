"""The priority prenatal appointment: from the wish to the booking."""

from __future__ import annotations

from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import CONSENT_FORM, PRENATAL_FORM, LatidoAction, set_aside
from actions.corrections import corrected, is_mistaken, mistaken_about, says_it_again, takes_back
from actions.journey import JourneyForm
from actions.offers import chosen, chosen_instead, wants_another_time
from actions.places import (
    center_asked_about,
    center_details,
    explain_here,
    is_another_matter,
    known_place,
    near_from,
    near_or_words,
    place_told,
    search,
)
from actions.prenatal_answers import (
    answer,
    implausible,
    tells_of_earlier_loss,
    tells_of_old_history,
    told,
    told_age_band,
    who_is_it_for,
    yes_or_no,
)
from actions.replies import Json
from actions.speech import appointment_text
from actions.turn import Event, Turn

# In the order in which they are asked. `patient_name` only for somebody else.
QUESTIONS = (
    "for_whom", "patient_name", "document_status", "gestational_age", "prior_checkups", "age_band", "conditions",
    "history", "place", "chosen_offer", "booking_confirmed",
)  # fmt: skip
BOOKING_SLOTS = (*QUESTIONS, "dni", "offers", "offers_given", "offer_search", "priority", "hold")
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


def facts(turn: Turn) -> Json:
    """All that a message outside the form tells about the appointment to come."""
    found = told(turn, dict(turn.slots))
    whose = who_is_it_for(turn.words)
    if whose and turn.slots.get("for_whom") is None:
        found.setdefault("for_whom", whose)
    age = told_age_band(turn.words, found.get("for_whom", turn.slots.get("for_whom")))
    if age and turn.slots.get("age_band") is None:
        found.setdefault("age_band", age)
    if tells_of_old_history(turn.words) and turn.slots.get("history") is None:
        found.setdefault("history", "yes")
    return found


class StartPrenatal(LatidoAction):
    """Begins the appointment with all that was told, once she has agreed and has none yet."""

    action_name = "action_start_prenatal"

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """Facts of the message, then the form; consent first when it could not be asked before."""
        leaving = set_aside(turn)
        consent = self._consent(turn)
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

    def _consent(self, turn: Turn) -> str | None:
        known = turn.slots.get("consent")
        if known != "unknown":
            return known
        given = self.care.resident(turn.resident).get("consent")
        return given["version"] if given else None

    def _facts(self, turn: Turn) -> Json:
        if turn.entity("for_whom") == "other" and turn.slots.get("for_whom") != "other":
            # Another person: what was told of the first is not hers.
            return {**dict.fromkeys(FORGOTTEN), "for_whom": "other"}
        return facts(turn)

    def _has_one(self, turn: Turn, say: CollectingDispatcher) -> bool:
        if not turn.slots.get("open_appointments"):
            return False
        for appointment in self.care.appointments(turn.resident):
            if appointment["service"] == "prenatal" and appointment["patient"]["for_whom"] == "self":
                say.utter_message(response="utter_already_booked", appointment=appointment_text(appointment))
                return True
        return False


class PrenatalForm(JourneyForm):
    """Understands each answer; tells of one thing may fill several questions."""

    form = PRENATAL_FORM
    leaves_for = frozenset({"list_appointments", "cancel_appointment", "find_cesac"})
    carries_on = JourneyForm.carries_on | {"book_prenatal", "report_pregnancy", "find_cesac"}

    def understand(self, turn: Turn, say: CollectingDispatcher) -> dict[str, object] | None:
        """All slots this message fills, its place looked up."""
        if turn.requested is None:
            return {}
        if turn.means({"ask_center_details"}) and turn.requested != "place":
            return self._tell_of_center(turn, say)
        filled = self._filled(turn, say)
        age = filled.get("gestational_age")
        if isinstance(age, dict) and implausible(age):
            say.utter_message(response="utter_gestational_age_implausible")
            return {"gestational_age": None}
        _read_back(filled, filled.get("for_whom") or turn.slots.get("for_whom"), say)
        place = self._place(turn, filled, say)
        if not filled and place is None:
            return {} if says_it_again(turn) else None
        return {**filled, **(place or {})}

    def expects(self, turn: Turn) -> bool:
        """An earlier loss, when earlier pregnancies are asked about."""
        return turn.intent == "report_loss" and tells_of_earlier_loss(turn)

    def leaves(self, turn: Turn) -> bool:
        """A centre near is looked for elsewhere, unless the place is just what was asked."""
        return super().leaves(turn) and not (turn.intent == "find_cesac" and turn.requested == "place")

    def next_question(self, slots: dict[str, object]) -> str | None:
        """As the journey goes."""
        return next_question(slots)

    def _filled(self, turn: Turn, say: CollectingDispatcher) -> Json:
        """What the message tells: first what it takes back, which is no answer to the question being asked."""
        again = corrected(turn)
        if again:
            return again
        unasked = told(turn, dict(turn.slots))
        if not is_mistaken(turn):
            return {**unasked, **(self._answer(turn) or {})}
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
        if turn.requested == "chosen_offer":
            return chosen(turn)
        if turn.requested == "booking_confirmed":
            return _confirmation(turn)
        if turn.requested in ("patient_name", "age_band") and is_another_matter(turn, self.elsewhere):
            return None
        return answer(turn)

    def _place(self, turn: Turn, filled: Json, say: CollectingDispatcher) -> Json | None:
        """The place told, if any; an empty answer when it was told but could not be found."""
        asked = turn.requested == "place"
        wanted = asked or turn.slots.get("place") is None or turn.intent == "share_location" or takes_back(turn)
        if turn.requested == "chosen_offer" and near_from(turn) and not filled:
            wanted = True
        near = near_from(turn) if wanted else None
        told_words = asked and not is_mistaken(turn)
        if near is None and told_words and not is_another_matter(turn, self.elsewhere | self.carries_on):
            near = near_or_words(turn)
        if near is None:
            return explain_here(turn, say) if asked else None
        found = search(self.care, turn, near, say, "prenatal")
        if found.place is not None:
            stale = dict.fromkeys(("place_candidates", "offers", "offer_search", "chosen_offer"))
            return {"place": known_place(found.place), **stale}
        return {"place": None, "place_candidates": list(found.candidates) or None} if asked else {"misses": 0}

    def _tell_of_center(self, turn: Turn, say: CollectingDispatcher) -> Json | None:
        number = center_asked_about(turn)
        offer = turn.slots.get("chosen_offer") or {}
        number = number if number is not None else (offer.get("center") or {}).get("number")
        if number is None:
            return None
        center_details(self.care, int(number), say)
        return {"misses": 0}


def _confirmation(turn: Turn) -> Json | None:
    if turn.entity("booking_confirmed") == "other_time" or wants_another_time(turn):
        return {"chosen_offer": None, "booking_confirmed": None}
    another = chosen_instead(turn, turn.slots.get("chosen_offer") or {})
    if another is not None:
        return {"chosen_offer": None, **another}
    said = True if turn.words and turn.means({"confirm_attendance"}) else yes_or_no(turn)
    if said is None:
        return None
    return {"booking_confirmed": "yes"} if said else {"chosen_offer": None}


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
        say.utter_message(response="utter_report_pregnancy")
        return [*leaving, *(SlotSet(k, v) for k, v in filled.items())]
