"""Finding the nearest centre, and what is known of one."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import PRENATAL_FORM, LatidoAction, hint_resume, set_aside
from actions.care_client import CareClient, CareRefused, CareUnavailable
from actions.hospitals import hospital_sought, show_hospitals
from actions.journey import ANOTHER_WAY_AFTER, ANSWERED, JourneyForm, answers
from actions.replies import Json, button, payload, pin
from actions.speech import center_text, center_title, centers_text, shorten
from actions.texts import is_one_of, piece, plain
from actions.turn import Event, Turn

PLACE_FORM = "place_form"
CENTERS_SHOWN = 3
LIST_LIMIT = 10
TITLE_LIMIT = 24
# While a place is asked for, words that are surely about something else are not looked up as a place.
NOT_A_PLACE = frozenset({"affirm", "deny", "greet", "thank", "goodbye", "help", "resume_flow", "send_media"})


# Nor are words that tell something else which we understand.
_NO_PLACES = frozenset({
    "date", "birth_date", "time_of_day", "document_status", "dni", "gestational_age", "child_age", "prior_checkups",
})  # fmt: skip

TELL_OF_AN_APPOINTMENT = frozenset({
    "utter_booked", "utter_booked_other", "utter_booked_child", "utter_moved", "utter_appointments",
    "utter_confirm_attendance",
})  # fmt: skip

# The city numbers its CeSACs from 1 to 50: a bare number in answer to "where" is one of them.
CENTER_NUMBERS = range(1, 51)
# Beyond this the nearest centre of the city is no help: she may be in another province.
NEAR_ENOUGH_METERS = 40_000
# The most that care takes of her words for a place.
WORDS_LIMIT = 200
_NAMED_BY_NUMBER = re.compile(r"\b(?:[csz]e[sz]+a[ck]|salita|centro(?: de salud)?) (?:n |nro |numero |el )?(\d{1,3})\b")
# A block of a settlement, which has no streets to go by.
_BLOCK = re.compile(r"\b(?:man[sz]ana|manz|mzna|mza|mzn|mz) ?\d")
_BARE_NUMBER = re.compile(r"\b(?:el|del|al) (\d{1,2})\b(?! de)")


@dataclass(frozen=True)
class Found:
    """What a search came to: the place and the centres around it, or the places to choose from."""

    place: Json | None
    centers: tuple[Json, ...] = ()
    candidates: tuple[Json, ...] = ()


def near_from(turn: Turn) -> Json | None:
    """Where this message says she is, most exact first, in the shape care takes; None when it does not say."""
    if turn.entity("latitude") is not None and turn.entity("longitude") is not None:
        return {"latitude": float(turn.entity("latitude")), "longitude": float(turn.entity("longitude"))}
    if turn.entity("neighbourhood") is not None and _BLOCK.search(plain(turn.words)):
        return {"text": turn.words[:WORDS_LIMIT]}  # "manzana 12 de la 31": care finds the block, or the settlement
    for name in ("address", "neighbourhood", "center_number"):
        if turn.entity(name) is not None:
            return {name: turn.entity(name)}
    return None


def unknown_center(turn: Turn) -> bool:
    """Whether she names a CeSAC by a number that none has."""
    named = _NAMED_BY_NUMBER.search(plain(turn.words))
    return bool(named) and int(named[1]) not in CENTER_NUMBERS


def center_asked_about(turn: Turn) -> int | None:
    """The number of the centre a question is about ("y el teléfono del 15?"); None when it names none."""
    if turn.entity("center_number") is not None:
        return int(turn.entity("center_number"))
    named = _NAMED_BY_NUMBER.search(plain(turn.words)) or _BARE_NUMBER.search(plain(turn.words))
    return int(named[1]) if named else None


def is_no_help(turn: Turn) -> bool:
    """Whether what she answers to "where" tells no place: "acá", "no sé"."""
    return is_one_of(turn.words, "here") or is_one_of(turn.words, "unknown")


def not_found(turn: Turn, found: Found, say: CollectingDispatcher) -> Json:
    """What is kept of a search that came to nothing: the places to choose from, and the misses in a row."""
    if found.candidates:
        return {"place_candidates": list(found.candidates)}
    misses = int(turn.slots.get("misses") or 0) + 1
    if misses >= ANOTHER_WAY_AFTER:
        say.utter_message(response="utter_form_other_way")
    return {"place_candidates": None, "misses": misses}


def explain_here(turn: Turn, say: CollectingDispatcher) -> Json | None:
    """How to share where "acá" is, which counts as no miss; None when she said something else."""
    if not is_one_of(turn.words, "here"):
        return None
    say.utter_message(response="utter_place_here")
    return {"misses": 0}


def near_or_words(turn: Turn) -> Json | None:
    """As `near_from`; failing that, the words themselves, since a place was asked for."""
    near = near_from(turn)
    if near is not None or not turn.words:
        return near
    if is_no_help(turn):
        return None
    if turn.words.isascii() and turn.words.isdigit() and int(turn.words[:3]) in CENTER_NUMBERS:
        return {"center_number": int(turn.words)}
    elsewhere = turn.means(NOT_A_PLACE) or bool(_NO_PLACES & set(turn.entities))
    return None if elsewhere else {"text": turn.words[:WORDS_LIMIT]}


def search(care: CareClient, turn: Turn, near: Json, say: CollectingDispatcher, service: str | None = None) -> Found:
    """Looks the place up; when it is not clear, says why and what else she can send."""
    # Care remembers the place of a resident: only of one who agreed, and only a place she told.
    several = _several(care, turn, near)
    if several:
        return Found(None, candidates=several)
    agreed = turn.slots.get("consent") not in (None, "unknown")
    told = near_from(turn) is not None or "text" in near
    answer = care.search_places(turn.resident if agreed and told else None, near, service, CENTERS_SHOWN)
    status = answer["status"]
    if status == "found":
        return Found(answer["place"], tuple(answer.get("centers") or ()))
    if status == "ambiguous":
        return Found(None, candidates=tuple(answer.get("candidates") or ()))
    if status == "outside_city" and _is_near_enough(answer):
        say.utter_message(response="utter_place_outside_city")
        return Found(answer["place"], tuple(answer["centers"]))
    say.utter_message(response=_FAILED[status])
    return Found(None)


def _is_near_enough(answer: Json) -> bool:
    """Whether a centre of the city is within reach of a place outside it: in the suburbs, it is."""
    distances = [center.get("distance_m") for center in answer.get("centers") or ()]
    return bool(answer.get("place")) and any(d is not None and d <= NEAR_ENOUGH_METERS for d in distances)


def _several(care: CareClient, turn: Turn, near: Json) -> tuple[Json, ...]:
    """The places to choose from, when she names several: "flores o floresta"."""
    named = list(dict.fromkeys(turn.entities.get("neighbourhood", ())))
    if "neighbourhood" not in near or len(named) < 2 or not re.search(r" [oyu] ", plain(turn.words)):
        return ()
    answers = [care.search_places(None, {"neighbourhood": name}, None, 1) for name in named]
    found = [(answer["place"], name) for answer, name in zip(answers, named, strict=True) if answer.get("place")]
    return tuple({"label": place["label"], "neighbourhood": name, "several": True} for place, name in found)


_FAILED = {
    "not_found": "utter_place_not_found",
    "outside_city": "utter_place_outside_city_unknown",
    "geocoder_unavailable": "utter_geocoder_unavailable",
}


class AskPlace(LatidoAction):
    """Asks where she lives; when what she said has several meanings, which one."""

    action_name = f"action_ask_{PLACE_FORM}_center_place"

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """The question, or the choice."""
        candidates = turn.slots.get("place_candidates")
        if candidates:
            several = any(candidate.get("several") for candidate in candidates)
            response = "utter_place_several" if several else "utter_place_ambiguous"
            say.utter_message(response=response, buttons=_candidates(candidates))
        else:
            say.utter_message(response=self.question(turn))
        return []

    def question(self, turn: Turn) -> str:
        """The response that asks."""
        return "utter_ask_place"


class AskPlaceOfPrenatal(AskPlace):
    """The same question inside the prenatal form, where the appointment may be for somebody else."""

    action_name = f"action_ask_{PRENATAL_FORM}_place"

    def question(self, turn: Turn) -> str:
        """By whom it is for."""
        return "utter_ask_place_other" if turn.slots.get("for_whom") == "other" else "utter_ask_place"


def _candidates(candidates: list[Json]) -> list[Json]:
    buttons = []
    for candidate in candidates[:LIST_LIMIT]:
        near = {name: candidate[name] for name in ("neighbourhood", "address") if candidate.get(name)}
        buttons.append(button(shorten(candidate["label"], TITLE_LIMIT), payload("inform", **near)))
    return buttons


def known_place(place: Json) -> Json:
    """What is kept of a place in the conversation."""
    kept = {key: place.get(key) for key in ("label", "latitude", "longitude", "approximate")}
    return {**kept, "remembered": True} if place.get("remembered") else kept


def show_centers(place: Json, centers: tuple[Json, ...], say: CollectingDispatcher) -> None:
    """The nearest centres in one message, with what can be done next."""
    numbers = [center["number"] for center in centers]
    say.utter_message(
        response="utter_centers_found",
        centers=centers_text(place, list(centers)),
        buttons=[
            button(piece("centers.map_button"), payload("ask_center_details", detail="map", center_number=numbers)),
            button(piece("centers.other_zone_button"), payload("find_cesac", place="other")),
        ],
    )


def show_found(care: CareClient, found: Found, sought: str | None, say: CollectingDispatcher) -> None:
    """The nearest centres, or the hospitals that she asked for."""
    if found.place is None:
        return
    if sought:
        show_hospitals(care, found.place, sought, say)
    else:
        show_centers(found.place, found.centers, say)


def place_told(care: CareClient, turn: Turn) -> Json:
    """The slot `place` when this message tells it in passing and it is clear; it is asked for later otherwise."""
    near = near_from(turn)
    try:
        found = search(care, turn, near, CollectingDispatcher(), "prenatal") if near else Found(None)
    except CareUnavailable:
        return {}
    return {"place": known_place(found.place)} if found.place else {}


class FindCenters(LatidoAction):
    """Starts the search, or answers at once when the place is known."""

    action_name = "action_find_centers"
    ends_journey = True

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """The nearest centres, or the question where she lives."""
        leaving = set_aside(turn)
        if unknown_center(turn):
            say.utter_message(response="utter_center_unknown")
            return leaving
        found = self._search(turn, say)
        if found.place is None:
            unclear = [SlotSet("center_place", None), SlotSet("place_candidates", list(found.candidates) or None)]
            unclear.append(SlotSet("looking_for", hospital_sought(turn)))
            return [*leaving, *unclear, FollowupAction(PLACE_FORM)]
        show_found(self.care, found, hospital_sought(turn), say)
        events = [*leaving, SlotSet("place", known_place(found.place))]
        return hint_resume(turn, events, say) if leaving else events

    def _search(self, turn: Turn, say: CollectingDispatcher) -> Found:
        near = near_from(turn)
        if near is not None:
            return search(self.care, turn, near, say)
        place = turn.slots.get("place")
        if place is None or turn.entity("place") == "other":
            return Found(None)
        near = {"latitude": place["latitude"], "longitude": place["longitude"]}
        # The point alone has lost its name: what she called it is kept.
        return replace(search(self.care, turn, near, say), place=place)


class PlaceForm(JourneyForm):
    """Asks where she lives until a place is found."""

    form = PLACE_FORM
    leaves_for = frozenset({"list_appointments", "cancel_appointment", "book_prenatal", "report_pregnancy"})
    carries_on = JourneyForm.carries_on | {"find_cesac"}

    def understand(self, turn: Turn, say: CollectingDispatcher) -> dict[str, object] | None:
        """The place, when this message gives one that can be found."""
        if turn.requested is None:
            return {}
        asked_about = center_asked_about(turn) if turn.means({"ask_center_details"}) else None
        if asked_about is not None:
            center_details(self.care, asked_about, say)
            return {}
        if unknown_center(turn):
            say.utter_message(response="utter_center_unknown")
            return {"misses": 0}
        near = near_from(turn) or (None if self._is_something_else(turn) else near_or_words(turn))
        if near is None:
            return explain_here(turn, say)
        found, sought = search(self.care, turn, near, say), hospital_sought(turn) or turn.slots.get("looking_for")
        if found.place is None:
            return {"center_place": None, "looking_for": sought, **not_found(turn, found, say)}
        show_found(self.care, found, sought, say)
        place = {"place": known_place(found.place), "place_candidates": None, "looking_for": None}
        return {"center_place": found.place["label"], **place}

    def next_question(self, slots: dict[str, object]) -> str | None:
        """Only one: where."""
        return "center_place" if slots.get("center_place") is None else None

    def _is_something_else(self, turn: Turn) -> bool:
        return is_another_matter(turn, self.elsewhere | self.carries_on)


def is_another_matter(turn: Turn, more: frozenset[str]) -> bool:
    """Whether a message without a known place is surely not the name of one."""
    return turn.means(ANSWERED | NOT_A_PLACE | more)


def _told_of_an_appointment(events: tuple[Event, ...]) -> bool:
    """Whether one of the last two answers told of an appointment or of its centre."""
    users = [index for index, event in enumerate(events) if event.get("event") == "user"]
    since = events[users[-3] if len(users) >= 3 else 0 :]
    said = {(event.get("metadata") or {}).get("utter_action") for event in since if event.get("event") == "bot"}
    return bool(said & TELL_OF_AN_APPOINTMENT)


class CenterDetails(LatidoAction):
    """Address, phone and way of one centre; its pin when she asked for the map."""

    action_name = "action_center_details"
    ends_journey = True

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """The centre she named, or the nearest to where she lives."""
        if turn.entity("detail") == "map":
            return self._map(turn, say)
        number = None if hospital_sought(turn) else center_asked_about(turn) or self._just_booked(turn)
        if number is None:
            return [FollowupAction("action_find_centers")]
        center_details(self.care, number, say, turn.slots.get("place"))
        events = set_aside(turn)
        return hint_resume(turn, events, say) if events else events

    def _just_booked(self, turn: Turn) -> int | None:
        """The centre of the appointment that was told of just before "¿dónde queda?"; None when none was."""
        if near_from(turn) is not None or not _told_of_an_appointment(turn.events):
            return None
        booked = self.care.appointments(turn.resident)
        last = [one for one in booked if one["id"] == turn.slots.get("booked_appointment")] or booked
        return int(last[0]["center"]["number"]) if len(last) == 1 else None

    def _map(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        numbers = turn.entities.get("center_number", ())
        centers = [self.care.center(int(number)) for number in numbers[:CENTERS_SHOWN]]
        for center in centers or [a["center"] for a in self.care.appointments(turn.resident)]:
            say.utter_message(json_message=pin(center, center_title(center)))
        if not say.messages:
            say.utter_message(response="utter_no_appointments")
        return []


def _of_the_appointment(turn: Turn) -> int | None:
    """The centre of the appointment that is about to be cancelled."""
    known: list[Json] = turn.slots.get("appointments") or []
    meant = next((one for one in known if one["id"] == turn.slots.get("appointment_id")), None)
    return (meant or {}).get("center", {}).get("number")


@answers("ask_center_details")
def center_in_passing(turn: Turn, care: CareClient, say: CollectingDispatcher) -> None:
    """What is known of the centre she asks about in the middle of something else; which one, when she names none."""
    number = center_asked_about(turn) or _of_the_appointment(turn)
    if number is None:
        say.utter_message(response="utter_ask_center_details")
        return
    center_details(care, number, say)


def center_details(care: CareClient, number: int, say: CollectingDispatcher, place: Json | None = None) -> None:
    """Says what is known of a centre and how far it is from this place, or that there is none with that number."""
    try:
        center: dict[str, Any] = care.center(number)
    except CareRefused:
        say.utter_message(response="utter_center_unknown")
        return
    map_button = button(piece("centers.map_button"), payload("ask_center_details", detail="map", center_number=number))
    text = center_text({**center, **_way_from(care, number, place)}, place)
    say.utter_message(response="utter_center_details", center=text, buttons=[map_button])


def _way_from(care: CareClient, number: int, place: Json | None) -> Json:
    """Distance and estimated times to a centre among the nearest; nothing for one far off, or without a place."""
    if place is None:
        return {}
    near = {"latitude": place["latitude"], "longitude": place["longitude"]}
    try:
        found = care.search_places(None, near, None, LIST_LIMIT).get("centers") or ()
    except CareUnavailable:
        return {}
    there = next((center for center in found if center["number"] == number), {})
    return {name: there[name] for name in ("distance_m", "travel") if there.get(name) is not None}
