"""Early-childhood centres (CPI, CEDI) for a child from 45 days to 3 years: by age and place."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import LatidoAction, hint_resume, set_aside
from actions.childhood_text import centres_text
from actions.journey import JourneyForm
from actions.people import children
from actions.places import (
    AskPlace,
    center_asked_about,
    center_details,
    explain_here,
    is_another_matter,
    known_place,
    near_from,
    near_or_words,
    search,
    unknown_center,
)
from actions.replies import Json, button, payload, pin
from actions.texts import is_one_of, mentions, piece
from actions.turn import Event, Turn

CHILDHOOD_FORM = "childhood_form"
CHILDHOOD_SLOTS = ("nursery_child_age", "childhood_place", "childhood_shown")
INTENT = "find_early_childhood_centre"
SHOWN = 3
# What the city publishes: from 45 days, and up to 3 years, which some centres take through the whole year.
YOUNGEST_DAYS = 45
SCHOOL_DAYS = 4 * 365
LOCAL = timezone(timedelta(hours=-3))
UNKNOWN: Json = {"days_min": None}
_SHOWN_FIELDS = ("kind", "name", "address", "latitude", "longitude")


class StartChildhood(LatidoAction):
    """Begins the search with what the message tells; answers at once who is too old for it."""

    action_name = "action_start_childhood"

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """The form, which asks what is missing; the pins when she asked for the map."""
        if turn.entity("detail") == "map":
            return _map(turn, say)
        leaving = [*set_aside(turn), *_not_open_any_more(turn)]
        age = told_age(turn) or _age_said_before(turn) or age_on_record(turn)
        if is_of_school_age(age):
            say.utter_message(response="utter_childhood_school")
            return hint_resume(turn, leaving, say)
        place = _place_at_hand(turn)
        started = {"nursery_child_age": age, "childhood_place": place, "misses": 0}
        told = near_from(turn)
        if told:
            found = search(self.care, turn, told, say)
            located = known_place(found.place) if found.place else None
            started |= {"childhood_place": located, "place_candidates": list(found.candidates) or None}
            started |= {"place": located} if located else {}
        return [*leaving, *(SlotSet(slot, value) for slot, value in started.items()), FollowupAction(CHILDHOOD_FORM)]


def _not_open_any_more(turn: Turn) -> list[Event]:
    return [SlotSet("open_form", None)] if turn.slots.get("open_form") == CHILDHOOD_FORM else []


def _place_at_hand(turn: Turn) -> Json | None:
    """Where she lives, if that is known and she does not ask for another place."""
    place: Json | None = turn.slots.get("place")
    return None if turn.entity("place") == "other" else place


def told_age(turn: Turn) -> Json | None:
    """The child's age as this message tells it, none for one to be born; None when it tells nothing."""
    told = turn.entity("child_age")
    if isinstance(told, dict):
        return told
    to_be_born = turn.entity("detail") == "not_born" or mentions(turn.words, "not_born_yet")
    return {"days_min": 0, "days_max": 0} if to_be_born else None


def _age_said_before(turn: Turn) -> Json | None:
    """The age she told for the last list, when she only asks for another place."""
    age: Json | None = turn.slots.get("nursery_child_age")
    return age if turn.entity("place") == "other" else None


def age_on_record(turn: Turn) -> Json | None:
    """The age of the only small child on record; None when there is none, or several."""
    today = datetime.now(LOCAL).date()
    ages = [(today - date.fromisoformat(one["birth_date"])).days for one in children(turn) if one.get("birth_date")]
    small = [days for days in ages if 0 <= days < SCHOOL_DAYS]
    if len(small) != 1 or len(ages) < len(children(turn)):
        return None
    return {"days_min": small[0], "days_max": small[0]}


def is_of_school_age(age: Json | None) -> bool:
    """Whether the child is surely too old for these centres."""
    return bool(age) and (age.get("days_min") or 0) >= SCHOOL_DAYS


class ChildhoodForm(JourneyForm):
    """How old the child is, and where."""

    form = CHILDHOOD_FORM
    leaves_for = frozenset(
        {"list_appointments", "cancel_appointment", "book_prenatal", "report_pregnancy", "find_cesac"}
    )
    carries_on = JourneyForm.carries_on | {INTENT}

    @property
    def elsewhere(self) -> frozenset[str]:
        """Its own intent is no leaving."""
        return super().elsewhere - {INTENT}

    def understand(self, turn: Turn, say: CollectingDispatcher) -> dict[str, object] | None:
        """The age and the place, in any order; a place that cannot be found is asked for again."""
        if turn.requested is None:
            return {}
        asked_about = center_asked_about(turn) if turn.means({"ask_center_details"}) else None
        if asked_about is not None:
            center_details(self.care, asked_about, say)
            return {}
        age = told_age(turn) or (self._answered_age(turn) if turn.requested == "nursery_child_age" else None)
        filled: dict[str, object] = {"nursery_child_age": age} if age else {}
        if unknown_center(turn):
            say.utter_message(response="utter_center_unknown")
            return {**filled, "misses": 0}
        near = near_from(turn) or (None if filled else self._place_in_words(turn))
        if near is None:
            return filled or explain_here(turn, say)
        return {**filled, **self._located(turn, near, say)}

    def _answered_age(self, turn: Turn) -> Json | None:
        said = is_one_of(turn.words, "unknown") or mentions(turn.words, "undisclosed")
        return UNKNOWN if said or turn.entity("detail") == "undisclosed" else None

    def _place_in_words(self, turn: Turn) -> Json | None:
        if turn.requested != "childhood_place" or is_another_matter(turn, self.elsewhere | self.carries_on):
            return None
        return near_or_words(turn)

    def _located(self, turn: Turn, near: Json, say: CollectingDispatcher) -> Json:
        found = search(self.care, turn, near, say)
        if found.place is None:
            return {"childhood_place": None, "place_candidates": list(found.candidates) or None, "misses": 0}
        place = known_place(found.place)
        return {"childhood_place": place, "place": place, "place_candidates": None}

    def next_question(self, slots: dict[str, object]) -> str | None:
        """First how old, then where; nothing for a child of school age."""
        if is_of_school_age(slots.get("nursery_child_age")):  # type: ignore[arg-type]
            return None
        return next((slot for slot in CHILDHOOD_SLOTS[:2] if slots.get(slot) is None), None)


class AskPlaceOfChildhood(AskPlace):
    """The question where, inside this form."""

    action_name = f"action_ask_{CHILDHOOD_FORM}_childhood_place"


class ShowChildhoodCentres(LatidoAction):
    """The nearest centres that take the child, with what nobody publishes said as unknown."""

    action_name = "action_childhood_centres"
    ends_journey = True

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """The list; nothing when she left."""
        age, place = turn.slots.get("nursery_child_age"), turn.slots.get("childhood_place")
        done: list[Event] = [SlotSet("childhood_place", None)]
        if is_of_school_age(age):
            say.utter_message(response="utter_childhood_school")
            return hint_resume(turn, [*done, SlotSet("nursery_child_age", None)], say)
        if age is None or place is None:
            return []
        shown = self._show(age, place, say)
        return hint_resume(turn, [*done, SlotSet("childhood_shown", shown)], say)

    def _show(self, age: Json, place: Json, say: CollectingDispatcher) -> list[Json]:
        days = age.get("days_min")
        near = {"latitude": place["latitude"], "longitude": place["longitude"]}
        wanted = None if days is None else max(int(days), YOUNGEST_DAYS)
        centres: list[Json] = self.care.childhood_centres(near, wanted, SHOWN)["childhood_centres"]
        if days is not None and days < YOUNGEST_DAYS:
            say.utter_message(response="utter_childhood_too_young")
        say.utter_message(
            response="utter_childhood_centres",
            centres=centres_text(place, centres, age),
            buttons=[
                button(piece("centers.map_button"), payload(INTENT, detail="map")),
                button(piece("centers.other_zone_button"), payload(INTENT, place="other")),
            ],
        )
        return [{field: one.get(field) for field in _SHOWN_FIELDS} for one in centres]

    def when_unavailable(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """Says so; "Probar de nuevo" looks again with what she told."""
        say.utter_message(response="utter_service_unavailable")
        return [SlotSet("open_form", CHILDHOOD_FORM)]


def _map(turn: Turn, say: CollectingDispatcher) -> list[Event]:
    shown: list[dict[str, Any]] = turn.slots.get("childhood_shown") or []
    for centre in shown:
        title = piece("childhood.name", kind=centre["kind"], name=centre["name"])
        say.utter_message(json_message=pin(centre, title))
    return [] if shown else [FollowupAction(CHILDHOOD_FORM)]
