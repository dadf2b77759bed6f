"""Showing a schedule: at once when it is clear whose, after one question when it is not."""

from __future__ import annotations

from datetime import date, datetime

from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import SCHEDULE_FORM, LatidoAction, hint_resume, set_aside
from actions.calendar import calendar_button, say_calendar, wants_calendar
from actions.care_client import CareClient, CareRefused
from actions.children.answers import LOCAL, UNKNOWN, answered_birthday, is_to_come
from actions.journey import JourneyForm, answers
from actions.people import CHILD, children, pregnant
from actions.prenatal_answers import UNKNOWN_AGE, implausible
from actions.replies import Json, button, payload
from actions.schedule.lines import KINDS, schedule_text
from actions.schedule.whose import ASK_WEEKS, ASK_WHOSE, PREGNANCY, basis
from actions.texts import mentions, piece
from actions.turn import Event, Turn

INTENTS = tuple(KINDS)
SCHEDULE_SLOTS = ("schedule_intent", "schedule_question", "schedule_weeks", "schedule_birthday")


def _today() -> date:
    return datetime.now(LOCAL).date()


class ShowSchedule(LatidoAction):
    """The answer to ask_prenatal_schedule, ask_pediatric_schedule and ask_vaccines."""

    action_name = "action_show_schedule"
    ends_journey = True

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """The schedule, or the one question that leads to it."""
        leaving = set_aside(turn)
        if wants_calendar(turn) and say_calendar(turn, self.care, say):
            return hint_resume(turn, leaving, say)
        intent = turn.intent if turn.intent in INTENTS else str(turn.slots.get("schedule_intent"))
        found = basis(turn, intent, _today())
        if found == ASK_WHOSE:
            say.utter_message(response="utter_ask_whose_schedule", buttons=_whose_buttons(turn, intent))
            return leaving
        if isinstance(found, str):
            asked = {"schedule_intent": intent, "schedule_question": found, found: None}
            return [*leaving, *(SlotSet(k, v) for k, v in asked.items()), FollowupAction(SCHEDULE_FORM)]
        say_schedule(self.care, turn, intent, found, say)
        return hint_resume(turn, leaving, say) if leaving else leaving


def say_schedule(care: CareClient, turn: Turn, intent: str, found: Json, say: CollectingDispatcher) -> None:
    """The schedule of this basis, with what can be done about it."""
    schedule = look_up(care, turn, found)
    if schedule is None:
        say.utter_message(response=f"utter_{intent}")
        return
    whole = turn.entity("detail") == "all"
    text = schedule_text(schedule, intent, whole)
    say.utter_message(response="utter_schedule", schedule=text, buttons=_ways(found, intent, whole))


def look_up(care: CareClient, turn: Turn, found: Json) -> Json | None:
    """The schedule as care works it out; None when care knows too little of that person."""
    try:
        if "person" in found:
            return care.schedule_of(turn.resident, found["person"])
        schedule = care.schedule_for({key: value for key, value in found.items() if key != "about"})
    except CareRefused:
        return None
    return {**schedule, "on_exact_dates": False} if found.get("about") else schedule


def _ways(found: Json, intent: str, whole: bool) -> list[Json]:
    person = {"person": found["person"]} if "person" in found else {}
    of_child = "birth_date" in found or str(found.get("person", "")).startswith(CHILD)
    book = button(piece("schedule.book_button"), payload("book_pediatric" if of_child else "book_prenatal", **person))
    all_of_it = [] if whole or not person else [_all_button(intent, person)]
    other = "ask_vaccines" if intent != "ask_vaccines" else _checkups(of_child)
    more = [button(piece(f"schedule.{other}_button"), payload(other, **person))] if person else []
    # In the place of what she has just seen all of.
    calendar = [calendar_button()] if whole and person else []
    return [book, *all_of_it, *more, *calendar]


def _all_button(intent: str, person: Json) -> Json:
    return button(piece("schedule.all_button"), payload(intent, detail="all", **person))


def _checkups(of_child: bool) -> str:
    return "ask_pediatric_schedule" if of_child else "ask_prenatal_schedule"


def _whose_buttons(turn: Turn, intent: str) -> list[Json]:
    """Everybody it may be about, and whoever is not on record."""
    candidates = pregnant(turn) if intent == "ask_prenatal_schedule" else children(turn)
    if intent == "ask_vaccines":
        candidates = [*pregnant(turn), *children(turn)]
    known_ones = [button(_label(one), payload(intent, person=one["id"])) for one in candidates[:8]]
    if candidates:
        return known_ones
    kinds = ((PREGNANCY, "of_pregnancy_button"), (CHILD, "of_child_button"))
    return [button(piece(f"schedule.{name}"), payload(intent, schedule_of=kind)) for kind, name in kinds]


def _label(person: Json) -> str:
    name = person.get("given_name")
    if person.get("pregnancy"):
        return piece("schedule.of_pregnancy_of", name=name)[:20] if name else piece("schedule.of_pregnancy_button")
    return str(name or piece("children.your_child"))[:20]


class ScheduleForm(JourneyForm):
    """The one question: how far along, or when born."""

    form = SCHEDULE_FORM
    leaves_for = frozenset({"list_appointments", "cancel_appointment", "book_prenatal", "find_cesac"})
    carries_on = JourneyForm.carries_on | set(INTENTS)

    def understand(self, turn: Turn, say: CollectingDispatcher) -> dict[str, object] | None:
        """The weeks or the birthday; not knowing is an answer too."""
        if turn.requested is None:
            return {}
        return _weeks(turn, say) if turn.requested == ASK_WEEKS else _birthday(turn, say)

    def next_question(self, slots: dict[str, object]) -> str | None:
        """The one that was chosen."""
        question = str(slots.get("schedule_question"))
        return question if slots.get(question) is None else None


def _weeks(turn: Turn, say: CollectingDispatcher) -> Json | None:
    age = turn.entity("gestational_age")
    if age is not None:
        if isinstance(age, dict) and implausible(age):
            say.utter_message(response="utter_gestational_age_implausible")
            return {"misses": 0}
        return {"schedule_weeks": age if isinstance(age, dict) else UNKNOWN_AGE}
    return {"schedule_weeks": UNKNOWN_AGE} if mentions(turn.words, "unknown") else None


def _birthday(turn: Turn, say: CollectingDispatcher) -> Json | None:
    said = answered_birthday(turn)
    if said is None:
        return None
    born = said["birth_date"]
    if born != UNKNOWN and is_to_come(born):
        say.utter_message(response="utter_birth_date_to_come")
        return {"misses": 0}
    return {"schedule_birthday": born}


class ScheduleTold(LatidoAction):
    """The schedule of what the form was told."""

    action_name = "action_schedule_told"
    ends_journey = True

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """The schedule; the plain rule where she does not know; nothing when the form was left."""
        intent = turn.slots.get("schedule_intent")
        weeks, born = turn.slots.get("schedule_weeks"), turn.slots.get("schedule_birthday")
        if intent is None or (weeks is None and born is None):
            return []
        done = [SlotSet(slot, None) for slot in SCHEDULE_SLOTS]
        if (weeks or {}).get("source") == "unknown" or born == UNKNOWN:
            say.utter_message(response=f"utter_{intent}")
        else:
            say_schedule(self.care, turn, intent, {"gestational_age": weeks} if weeks else {"birth_date": born}, say)
        return hint_resume(turn, done, say)


@answers(*INTENTS)
def in_passing(turn: Turn, care: CareClient, say: CollectingDispatcher) -> None:
    """What comes next, without buttons that lead away; the plain rule where it is not clear whose."""
    if wants_calendar(turn) and say_calendar(turn, care, say, in_passing=True):
        return
    found = basis(turn, turn.intent, _today())
    schedule = look_up(care, turn, found) if isinstance(found, dict) else None
    if schedule is None:
        say.utter_message(response=f"utter_{turn.intent}")
        return
    say.utter_message(response="utter_schedule", schedule=schedule_text(schedule, turn.intent, whole=False))
