"""What the forms for an appointment share: the place, the free slot, the yes; and a centre asked about in between."""

from __future__ import annotations

from rasa_sdk.executor import CollectingDispatcher

from actions.corrections import is_mistaken, takes_back
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
    not_found,
    search,
)
from actions.prenatal_answers import yes_or_no
from actions.replies import Json
from actions.texts import mentions
from actions.turn import Turn

TIME_QUESTIONS = ("chosen_offer", "booking_confirmed")


def time_answer(turn: Turn) -> Json | None:
    """The answer to which slot, or to whether it is to be booked; None when it is neither."""
    return chosen(turn) if turn.requested == "chosen_offer" else _confirmation(turn)


class AppointmentForm(JourneyForm):
    """A form that ends in an appointment of one service."""

    service: str
    leaves_for = frozenset({"list_appointments", "cancel_appointment", "find_cesac"})
    carries_on = JourneyForm.carries_on | {"find_cesac"}

    def leaves(self, turn: Turn) -> bool:
        """A centre near is looked for elsewhere, unless the place is just what was asked."""
        return super().leaves(turn) and not (turn.intent == "find_cesac" and turn.requested == "place")

    def place_answer(self, turn: Turn, filled: Json, say: CollectingDispatcher) -> Json | None:
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
        found = search(self.care, turn, near, say, self.service)
        if found.place is not None:
            stale = dict.fromkeys(("place_candidates", "offers", "offer_search", "chosen_offer"))
            return {"place": known_place(found.place), **stale}
        return {"place": None, **not_found(turn, found, say)} if asked else {"misses": 0}

    def tell_of_center(self, turn: Turn, say: CollectingDispatcher) -> Json | None:
        """What is known of the centre she asks about, or of the one she has chosen; None when it is neither."""
        number = center_asked_about(turn)
        offer = turn.slots.get("chosen_offer") or {}
        number = number if number is not None else (offer.get("center") or {}).get("number")
        if number is None:
            return None
        center_details(self.care, int(number), say)
        return {"misses": 0}


def after_that_day(turn: Turn, taken: Json) -> Json:
    """The search for later days than that of the slot she cannot take; what else she wished holds."""
    search = {name: value for name, value in (turn.slots.get("offer_search") or {}).items() if name != "day"}
    last = f"{taken['start'][:10]}T23:59:59{taken['start'][19:]}" if taken.get("start") else None
    return {"chosen_offer": None, "booking_confirmed": None, "offer_search": {**search, "after": last}}


def _confirmation(turn: Turn) -> Json | None:
    if mentions(turn.words, "not_that_day"):
        return after_that_day(turn, turn.slots.get("chosen_offer") or {})
    if turn.entity("booking_confirmed") == "other_time" or wants_another_time(turn):
        return {"chosen_offer": None, "booking_confirmed": None}
    another = chosen_instead(turn, turn.slots.get("chosen_offer") or {})
    if another is not None:
        return {"chosen_offer": None, **another}
    said = True if turn.words and turn.means({"confirm_attendance"}) else yes_or_no(turn)
    if said is None:
        return None
    return {"booking_confirmed": "yes"} if said else {"chosen_offer": None}
