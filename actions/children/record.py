"""A child is put on record: its name and birthday, and then what comes next for it."""

from __future__ import annotations

from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import BABY_FORM, CONSENT_FORM, LatidoAction, hint_resume, set_aside
from actions.care_client import CareClient, CareError, CareRefused
from actions.children.answers import UNKNOWN, told_of_child
from actions.children.form import CHILD_SLOTS, ChildForm
from actions.consent import consent_given
from actions.people import NEW, known, with_person
from actions.replies import Json, button, payload
from actions.schedule.lines import next_line
from actions.speech import date_in_words
from actions.texts import mentions, piece
from actions.turn import Event, Turn

QUESTIONS = ("child_name", "birth_date")


class StartRegister(LatidoAction):
    """Begins with what was told; a child that is on record already is shown instead."""

    action_name = "action_start_register"
    ends_journey = True

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """The form, or what is known of the child."""
        leaving = set_aside(turn)
        consent = consent_given(self.care, turn)
        if consent is None:
            return [*leaving, SlotSet("consent", None), FollowupAction(CONSENT_FORM)]
        if mentions(turn.words, "wants_a_visit"):
            return [*leaving, FollowupAction("action_start_pediatric")]
        told = told_of_child(turn)
        child = known(turn, told.get("child"))
        if child and child.get("birth_date") and not ({"child_name", "birth_date"} & told.keys()):
            say_on_record(self.care, turn, child, "utter_child_already_registered", say)
            return hint_resume(turn, leaving, say) if leaving else leaving
        slots = {**dict.fromkeys(CHILD_SLOTS), "consent": consent, "open_form": None, **told, "child": NEW}
        return [*leaving, *(SlotSet(k, v) for k, v in slots.items()), FollowupAction(BABY_FORM)]


class BabyForm(ChildForm):
    """Name and birthday."""

    form = BABY_FORM
    leaves_for = frozenset({"list_appointments", "cancel_appointment", "book_prenatal", "find_cesac"})
    carries_on = ChildForm.carries_on | {"register_baby", "opt_in"}

    @property
    def elsewhere(self) -> frozenset[str]:
        """Everything that leaves a form, but what this form is about."""
        return super().elsewhere - {"register_baby"}

    def next_question(self, slots: dict[str, object]) -> str | None:
        """As the journey goes."""
        return next((slot for slot in QUESTIONS if slots.get(slot) is None), None)


class RegisterChild(LatidoAction):
    """Puts the child on record."""

    action_name = "action_register_child"
    ends_journey = True

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """What was noted and what comes next; nothing when the form was left before its end."""
        name, born = turn.slots.get("child_name"), turn.slots.get("birth_date")
        if name is None or born is None:
            return []
        child = {"child": None, "given_name": name or None, "birth_date": None if born == UNKNOWN else born}
        try:
            person = self.care.record_child(turn.resident, child, turn.key("child"))
        except CareRefused as refusal:
            return self._refused(refusal, say)
        say_on_record(self.care, turn, person, "utter_child_registered", say)
        done = [SlotSet(slot, None) for slot in CHILD_SLOTS]
        return hint_resume(turn, [*done, SlotSet("people", with_person(turn, person))], say)

    def _refused(self, refusal: CareRefused, say: CollectingDispatcher) -> list[Event]:
        if refusal.code != "impossible_birth_date":
            raise refusal
        say.utter_message(response="utter_birth_date_impossible")
        return [SlotSet("birth_date", None), FollowupAction(BABY_FORM)]

    def when_unavailable(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """Says so; what was told is kept, and "Probar de nuevo" notes it."""
        say.utter_message(response="utter_service_unavailable")
        return [SlotSet("open_form", BABY_FORM)]


def say_on_record(care: CareClient, turn: Turn, child: Json, response: str, say: CollectingDispatcher) -> None:
    """What is on record of the child and what comes next for it."""
    name = child.get("given_name") or piece("children.your_child")
    born = child.get("birth_date")
    day = piece("children.born_on", day=born_in_words(born)) if born else piece("children.born_unknown")
    say.utter_message(response=response, name=name, born=day, next=coming(care, turn, child), buttons=ways(child))


def coming(care: CareClient, turn: Turn, child: Json) -> str:
    """The next check-up and vaccines in a line or two; nothing when care cannot say now."""
    try:
        schedule = care.schedule_of(turn.resident, child["id"])
    except CareError:
        return ""
    lines = [line for line in (next_line(schedule, kind) for kind in ("checkup", "vaccine")) if line]
    return "\n".join([piece("children.coming"), *lines]) if lines else ""


def ways(child: Json) -> list[Json]:
    """What can be done for the child now."""
    return [
        button(piece("schedule.book_button"), payload("book_pediatric", person=child["id"])),
        button(piece("children.calendar_button"), payload("ask_pediatric_schedule", person=child["id"])),
        button(piece("schedule.ask_vaccines_button"), payload("ask_vaccines", person=child["id"])),
    ]


def born_in_words(day: str) -> str:
    """A birthday with its year, so that a wrong year is seen."""
    return piece("children.day_and_year", day=date_in_words(day), year=day[:4])
