"""The appointment of a child: which child, where, when; nothing that is on record is asked again."""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.appointment_form import TIME_QUESTIONS, AppointmentForm, time_answer
from actions.base import CONSENT_FORM, PEDIATRIC_FORM, LatidoAction, set_aside
from actions.booking import AskBookingConfirmed, BookPrenatal
from actions.children.answers import UNKNOWN, told_of_child
from actions.children.form import CHILD_SLOTS, ChildForm, facts_of, is_told_well_enough, on_record
from actions.consent import consent_given
from actions.holding import let_go
from actions.offer_list import AskChosenOffer
from actions.offers import ON_RECORD
from actions.people import NEW, children, known, told_child
from actions.places import AskPlace, place_told
from actions.replies import Json, button, payload
from actions.speech import center_title, date_in_words, time_in_words
from actions.texts import mentions, piece, plain
from actions.turn import Event, Turn

TIME_SLOTS = ("chosen_offer", "booking_confirmed", "offers", "offers_given", "offer_search", "priority", "hold")
QUESTIONS = ("child", "child_name", "birth_date", "child_document", "place", *TIME_QUESTIONS)
PEDIATRIC_SLOTS = (*CHILD_SLOTS, "place", *TIME_SLOTS)
MOST_ASKED = 9  # list items, beside "another child"


def forget_child_booking() -> list[Event]:
    """Empties the form for the next time; where she lives is kept."""
    return [SlotSet(slot, None) for slot in PEDIATRIC_SLOTS if slot != "place"]


def next_question(slots: Json) -> str | None:
    """The first question still without an answer."""
    return next((slot for slot in QUESTIONS if slots.get(slot) is None), None)


class StartPediatric(LatidoAction):
    """Begins with all that was told and all that is on record; a slot kept for somebody else is let go."""

    action_name = "action_start_pediatric"

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """Facts of the message, then the form; consent first when it could not be asked before."""
        leaving = set_aside(turn)
        consent = consent_given(self.care, turn)
        if consent is None:
            return [*leaving, SlotSet("consent", None), FollowupAction(CONSENT_FORM)]
        taken_up = turn.slots.get("open_form") == PEDIATRIC_FORM and not turn.means({"book_pediatric"})
        kept: Json = {} if taken_up else dict.fromkeys(CHILD_SLOTS)
        if not taken_up:
            let_go(self.care, turn)
        told = {**kept, **told_of_child(turn)}
        told.setdefault("child", None)
        filled = {**told, **_known_facts(turn, told), **place_told(self.care, turn)}
        if filled["child"] == NEW and is_told_well_enough(filled):
            filled.update(on_record(self.care, turn, filled, say))
        stale = dict.fromkeys(TIME_SLOTS)
        slots = {"consent": consent, "open_form": None, **stale, **filled}
        return [*leaving, *(SlotSet(k, v) for k, v in slots.items()), FollowupAction(PEDIATRIC_FORM)]


def _known_facts(turn: Turn, slots: Json) -> Json:
    """What is on record of the child that is meant."""
    facts = facts_of(turn, slots)
    return {**facts, "child_document": ON_RECORD} if facts else {}


class PediatricForm(ChildForm, AppointmentForm):
    """Understands each answer of the pediatric form."""

    form = PEDIATRIC_FORM
    service = "pediatric"
    carries_on = AppointmentForm.carries_on | {"book_pediatric", "register_baby"}

    @property
    def elsewhere(self) -> frozenset[str]:
        """Everything that leaves a form, but what this form is about."""
        return super().elsewhere - {"book_pediatric", "register_baby"} | {"book_prenatal"}

    def understand(self, turn: Turn, say: CollectingDispatcher) -> dict[str, object] | None:
        """All slots this message fills; a child told of well enough is put on record."""
        if turn.requested is None:
            return {}
        if turn.means({"ask_center_details"}) and turn.requested != "place":
            return self.tell_of_center(turn, say)
        switched = self._switched(turn)
        if switched or turn.requested in TIME_QUESTIONS:
            return switched or self._about_time(turn, say)
        filled = super().understand(turn, say) or {}
        place = self.place_answer(turn, filled, say)
        if not filled and place is None:
            return None
        return self._on_record(turn, {**filled, **(place or {})}, say)

    def _switched(self, turn: Turn) -> Json | None:
        """Another child than the one it was about: the times found are not for that one."""
        child, before = told_child(turn), turn.slots.get("child")
        if before is not None and _is_another(turn):
            told = {**told_of_child(turn), "child": NEW}
            return {**dict.fromkeys((*CHILD_SLOTS, *TIME_SLOTS)), **told}
        if child in (None, NEW, before) or before is None:
            return None
        return {**dict.fromkeys((*CHILD_SLOTS, *TIME_SLOTS)), "child": child, **_known_facts(turn, {"child": child})}

    def _about_time(self, turn: Turn, say: CollectingDispatcher) -> Json | None:
        filled = time_answer(turn)
        place = self.place_answer(turn, filled or {}, say)
        return None if filled is None and place is None else {**(filled or {}), **(place or {})}

    def _on_record(self, turn: Turn, filled: Json, say: CollectingDispatcher) -> Json:
        """A chosen child's facts; a new one is recorded as soon as its birthday is known."""
        filled = {**filled, **_known_facts(turn, filled)} if filled.get("child") not in (None, NEW) else filled
        if filled.get("birth_date") == UNKNOWN:
            say.utter_message(response="utter_birth_date_needed")
            return {**filled, "birth_date": None, "misses": int(turn.slots.get("misses") or 0) + 1}
        slots: Json = {**turn.slots, **filled}
        news = slots.get("child") == NEW or {"birth_date", "child_name"} & filled.keys()
        if news and is_told_well_enough(slots):
            return {**filled, **on_record(self.care, turn, slots, say)}
        return filled

    def next_question(self, slots: dict[str, object]) -> str | None:
        """As the journey goes."""
        return next_question(slots)


def _is_another(turn: Turn) -> bool:
    """Whether a visit is asked for now of a child that is not on record: "mi otra hija Mora necesita turno"."""
    name, said = turn.slots.get("child_name"), turn.entity("given_name")
    asks = turn.means({"book_pediatric", "register_baby"}) and bool(turn.words) and told_child(turn) is None
    other_name = said is not None and bool(name) and plain(str(said)) != plain(str(name))
    return asks and (other_name or mentions(turn.words, "another_child"))


class AskChild(LatidoAction):
    """Which child: those on record, or another."""

    action_name = f"action_ask_{PEDIATRIC_FORM}_child"

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """One button for each."""
        say.utter_message(response="utter_ask_child", buttons=child_buttons(turn, "inform"))
        return []


def child_buttons(turn: Turn, intent: str, **more: Any) -> list[Json]:
    """A button for each child on record, and one for another."""
    on_record = children(turn)[:MOST_ASKED]
    names = [one.get("given_name") or piece("children.unnamed", number=n) for n, one in enumerate(on_record, 1)]
    known_ones = [
        button(name[:20], payload(intent, person=one["id"], **more)) for name, one in zip(names, on_record, strict=True)
    ]
    return [*known_ones, button(piece("children.another"), payload(intent, person=NEW, **more))]


class AskPlaceOfPediatric(AskPlace):
    """Where to look for a centre."""

    action_name = f"action_ask_{PEDIATRIC_FORM}_place"


def child_patient(turn: Turn) -> Json:
    """Who the appointment is for, as care takes it; the document only when it was told now."""
    status = turn.slots.get("child_document")
    person: Json = {"person": turn.slots["child"]}
    if status in (None, ON_RECORD):
        return person
    return {**person, "document": {"status": status, "number": turn.slots.get("child_dni")}}


class AskChildOffer(AskChosenOffer):
    """The free slots for a child."""

    action_name = f"action_ask_{PEDIATRIC_FORM}_chosen_offer"
    service = "pediatric"

    def whom(self, turn: Turn) -> Json:
        """The child, whose age decides how soon."""
        return {"patient": {"person": turn.slots["child"]}}

    def patient(self, turn: Turn) -> Json:
        """Likewise."""
        return child_patient(turn)

    def for_other(self, turn: Turn) -> bool:
        """The reason is told: it is about the child's age."""
        return False


class AskChildBookingConfirmed(AskBookingConfirmed):
    """Keeps the chosen slot for the child and asks."""

    action_name = f"action_ask_{PEDIATRIC_FORM}_booking_confirmed"
    service = "pediatric"

    def whom(self, turn: Turn) -> Json:
        """The child."""
        return {"patient": child_patient(turn)}

    def for_other(self, turn: Turn) -> str | None:
        """Its name."""
        return name_of(turn)

    def others(self) -> AskChosenOffer:
        """The free slots near her."""
        return AskChildOffer(self.care)

    def forget(self) -> list[Event]:
        """Empties the form."""
        return forget_child_booking()


class BookPediatric(BookPrenatal):
    """Books what was confirmed for the child."""

    action_name = "action_book_pediatric"
    form = PEDIATRIC_FORM

    def patient(self, turn: Turn) -> Json:
        """The child."""
        return child_patient(turn)

    def forget(self) -> list[Event]:
        """Empties the form."""
        return forget_child_booking()

    def say_booked(self, appointment: Json, say: CollectingDispatcher) -> None:
        """Says when and where, and what to take along."""
        say_child_booked(appointment, say)


def say_child_booked(appointment: Json, say: CollectingDispatcher) -> None:
    """Says when and where the child is seen, and what to take along."""
    center, who = appointment["center"], appointment.get("patient") or {}
    name = str(who.get("given_name") or piece("children.your_child"))
    say.utter_message(
        response="utter_booked_child",
        name=name[:1].upper() + name[1:],
        date=date_in_words(appointment["start"]),
        time=time_in_words(appointment["start"]),
        center=center_title(center),
        address=center.get("address") or "",
    )


def name_of(turn: Turn) -> str:
    """The child's name as told or on record; words for it where none is known."""
    person = known(turn, turn.slots.get("child")) or {}
    told = turn.slots.get("child_name")
    return str(person.get("given_name") or (told if isinstance(told, str) else "") or piece("children.your_child"))
