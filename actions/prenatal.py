"""The priority prenatal appointment: from the wish to the booking."""

from __future__ import annotations

from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import CONSENT_FORM, PRENATAL_FORM, LatidoAction, set_aside
from actions.care_client import CareRefused
from actions.journey import JourneyForm
from actions.offers import answers, chosen, known_age
from actions.places import (
    center_details,
    is_another_matter,
    known_place,
    near_from,
    near_or_words,
    place_told,
    search,
)
from actions.prenatal_answers import answer, implausible, tells_of_earlier_loss, told, who_is_it_for, yes_or_no
from actions.replies import Json
from actions.speech import appointment_text, center_title, date_in_words, time_in_words
from actions.texts import mentions, piece
from actions.turn import Event, Turn

# In the order in which they are asked. `patient_name` only for somebody else.
QUESTIONS = (
    "for_whom", "patient_name", "document_status", "gestational_age", "prior_checkups", "age_band", "conditions",
    "history", "place", "chosen_offer", "booking_confirmed",
)  # fmt: skip
BOOKING_SLOTS = (*QUESTIONS, "dni", "offers", "offer_search", "priority")
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
        filled = {**told(turn, dict(turn.slots)), **(self._answer(turn) or {})}
        age = filled.get("gestational_age")
        if isinstance(age, dict) and implausible(age):
            say.utter_message(response="utter_gestational_age_implausible")
            return {"gestational_age": None}
        _read_back(filled, filled.get("for_whom") or turn.slots.get("for_whom"), say)
        place = self._place(turn, filled, say)
        if not filled and place is None:
            return None
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

    def _answer(self, turn: Turn) -> Json | None:
        if turn.requested == "chosen_offer":
            return chosen(turn)
        if turn.requested == "booking_confirmed":
            return _confirmation(turn)
        if turn.requested in ("patient_name", "age_band") and is_another_matter(turn, self.leaves_for):
            return None
        return answer(turn)

    def _place(self, turn: Turn, filled: Json, say: CollectingDispatcher) -> Json | None:
        """The place told, if any; an empty answer when it was told but could not be found."""
        asked = turn.requested == "place"
        wanted = asked or turn.slots.get("place") is None or turn.intent == "share_location"
        if turn.requested == "chosen_offer" and near_from(turn) and not filled:
            wanted = True
        near = near_from(turn) if wanted else None
        if near is None and asked and not is_another_matter(turn, self.leaves_for | self.carries_on):
            near = near_or_words(turn)
        if near is None:
            return None
        found = search(self.care, turn, near, say, "prenatal")
        if found.place is not None:
            stale = dict.fromkeys(("place_candidates", "offers", "offer_search", "chosen_offer"))
            return {"place": known_place(found.place), **stale}
        return {"place": None, "place_candidates": list(found.candidates) or None} if asked else {"misses": 0}

    def _tell_of_center(self, turn: Turn, say: CollectingDispatcher) -> Json | None:
        number = turn.entity("center_number")
        offer = turn.slots.get("chosen_offer") or {}
        number = number if number is not None else (offer.get("center") or {}).get("number")
        if number is None:
            return None
        center_details(self.care, int(number), say)
        return {"misses": 0}


def _confirmation(turn: Turn) -> Json | None:
    if turn.entity("booking_confirmed") == "other_time" or mentions(turn.words, "more"):
        return {"chosen_offer": None, "booking_confirmed": None}
    said = yes_or_no(turn)
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


class BookPrenatal(LatidoAction):
    """Books what was confirmed."""

    action_name = "action_book_prenatal"

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """The booking, or why not and what now; nothing when the form was left before its end."""
        if turn.slots.get("booking_confirmed") != "yes":
            return []
        try:
            appointment = self.care.book(booking_request(turn))
        except CareRefused as refusal:
            return self._refused(refusal, say)
        _say_booked(appointment, say)
        booked = int(turn.slots.get("open_appointments") or 0) + 1
        return [
            *forget_booking(),
            SlotSet("open_form", None),
            SlotSet("open_appointments", booked),
            SlotSet("booked_appointment", appointment["id"]),
        ]

    def _refused(self, refusal: CareRefused, say: CollectingDispatcher) -> list[Event]:
        if refusal.code == "slot_taken":
            say.utter_message(response="utter_slot_taken")
            again = ("chosen_offer", "booking_confirmed", "offers", "offer_search")
            return [*(SlotSet(slot, None) for slot in again), FollowupAction(PRENATAL_FORM)]
        if refusal.code == "already_booked":
            text = appointment_text(refusal.body["appointment"])
            say.utter_message(response="utter_already_booked", appointment=text)
            return [*forget_booking(), SlotSet("open_appointments", 1)]
        raise refusal

    def when_unavailable(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """Says so, and keeps all but the confirmation, so that "Probar de nuevo" shows the summary again."""
        say.utter_message(response="utter_service_unavailable")
        return [SlotSet("booking_confirmed", None), SlotSet("open_form", PRENATAL_FORM)]

    def when_broken(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """Likewise."""
        say.utter_message(response="utter_unexpected_error")
        return [SlotSet("booking_confirmed", None), SlotSet("open_form", PRENATAL_FORM)]


def booking_request(turn: Turn) -> Json:
    """The body of `POST /appointments`."""
    slots = turn.slots
    return {
        "idempotency_key": turn.key("book"),
        "resident": turn.resident,
        "slot_id": slots["chosen_offer"]["slot_id"],
        "service": "prenatal",
        "priority": slots.get("priority"),
        "patient": {
            "for_whom": slots["for_whom"],
            "given_name": slots.get("patient_name") or None,
            "document": {"status": slots["document_status"], "number": slots.get("dni")},
        },
        "gestational_age": known_age(slots),
        "answers": answers(slots),
    }


def _say_booked(appointment: Json, say: CollectingDispatcher) -> None:
    center, patient = appointment["center"], appointment.get("patient") or {}
    for_other = patient.get("for_whom") == "other"
    say.utter_message(
        response="utter_booked_other" if for_other else "utter_booked",
        date=date_in_words(appointment["start"]),
        time=time_in_words(appointment["start"]),
        center=center_title(center),
        address=center.get("address") or "",
        name=patient.get("given_name") or piece("booking.someone"),
    )


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
