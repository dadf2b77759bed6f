"""The free slots offered to her: what is asked of care, and which one she chose. Pure; the list is offer_list.py."""

from __future__ import annotations

from typing import Any

from actions.prenatal_answers import yes_or_no
from actions.replies import Json
from actions.texts import is_one_of, mentions
from actions.turn import Turn

OFFERS_SHOWN = 5
NOON = 12
ON_RECORD = "on_record"  # a document that was asked for at an earlier booking
# Buttons of the question about the waiting list: onto it, or rather the times there are.
WAITING_WISHES = ("join_waiting_list", "show")
ASKED = "asked"  # in `waiting` of a search: the question about the waiting list waits for her answer
ORDINALS = ("first", "second", "third", "fourth")
_CENTER_FIELDS = ("number", "name", "address", "latitude", "longitude", "walking_minutes", "phones")


def narrowed(search: Json) -> Json:
    """The part of an offers request that says which of the free slots she wants to see."""
    return {
        "after": search.get("after"),
        "exclude_centers": search.get("exclude_centers") or [],
        "day": search.get("day"),
        "part": search.get("part"),
        "limit": OFFERS_SHOWN,
    }


def about_her(slots: Any) -> Json:
    """What care needs to know of her to offer, hold or wait for a slot."""
    return {"gestational_age": known_age(slots), "answers": answers(slots)}


def patient(slots: Any) -> Json:
    """Who the appointment is for; the document only when it was told now."""
    person = {"for_whom": slots["for_whom"], "given_name": slots.get("patient_name") or None}
    if slots.get("patient_person"):
        person["person"] = slots["patient_person"]
    if slots["document_status"] == ON_RECORD:
        return person
    return {**person, "document": {"status": slots["document_status"], "number": slots.get("dni")}}


def known_age(slots: Any) -> Json | None:
    """The gestational age as care takes it; None when she does not know."""
    age = slots.get("gestational_age")
    return None if not age or age.get("source") == "unknown" else age


def answers(slots: Any) -> Json:
    """The four optional answers; null where she was not asked."""
    return {name: slots.get(name) for name in ("prior_checkups", "age_band", "conditions", "history")}


def trimmed(answer: Json | None) -> Json | None:
    """What the conversation keeps of an answer of care with offers; None when it has none to show."""
    if not answer or not answer.get("slots"):
        return None
    offers = [kept(offer) for offer in answer["slots"][:OFFERS_SHOWN]]
    return {"slots": offers, "priority": answer.get("priority"), "more": True}


def kept(offer: Json) -> Json:
    """What the conversation keeps of an offer."""
    center = {field: offer["center"].get(field) for field in _CENTER_FIELDS}
    return {"slot_id": offer["slot_id"], "start": offer["start"], "center": center}


def chosen(turn: Turn) -> Json | None:
    """The slots filled by her choice among the offers; None when it is none of them."""
    offers = turn.slots.get("offers") or []
    wish = turn.entity("offer")
    if wish is not None:
        return _by_button(str(wish), turn, offers)
    waiting = _about_waiting(turn)
    if waiting is not None:
        return _by_button(waiting, turn, offers)
    if mentions(turn.words, "other_center"):
        return _by_button("other_center", turn, offers)
    if mentions(turn.words, "other_place"):
        return _by_button("other_place", turn, offers)
    found = _said(turn, offers)
    if found is not None:
        return found
    if mentions(turn.words, "refused"):
        return _by_button("more", turn, offers)
    another = mentions(turn.words, "more") or turn.means({"reschedule_appointment"})
    return _by_button("more", turn, offers) if another and not turn.is_button else None


def _said(turn: Turn, offers: list[Json]) -> Json | None:
    """One of the offers in words, or the day or half of the day she would rather have; a refusal may come with it."""
    for offer, ordinal in zip(offers, ORDINALS, strict=False):
        if is_one_of(turn.words, ordinal):
            return {"chosen_offer": offer}
    if offers and mentions(turn.words, "earliest"):
        return {"chosen_offer": min(offers, key=lambda offer: str(offer["start"]))}
    only = _by_date(turn, offers)
    if only is not None:
        return {"chosen_offer": only}
    wished = search_for(turn, turn.entity("date"), offers[0]["start"]) if offers else {}
    return {"offer_search": {**wished, **waiting_of(turn.slots.get("offer_search") or {})}} if wished else None


def _about_waiting(turn: Turn) -> str | None:
    """Onto the waiting list or not, in words; None when it is about something else."""
    if mentions(turn.words, "leave_waiting_list"):
        return None
    asked = (turn.slots.get("offer_search") or {}).get("waiting") == ASKED
    said = yes_or_no(turn) if asked else None
    if said is None:
        return WAITING_WISHES[0] if mentions(turn.words, "waiting_list") else None
    return WAITING_WISHES[0] if said else WAITING_WISHES[1]


def chosen_instead(turn: Turn, taken: Json) -> Json | None:
    """Another choice at the summary: an item of the list above, another day or half of the day; None without one."""
    day, start = turn.entity("date"), taken.get("start", "")
    if turn.entity("offer") == taken.get("slot_id"):
        return None
    if turn.entity("offer") or mentions(turn.words, "other_center") or mentions(turn.words, "other_place"):
        return chosen(turn)
    offers = turn.slots.get("offers") or []
    wished = search_for(turn, day, offers[0]["start"]) if offers else {}
    agrees = day == start[:10] or (day is None and _half(start) == wished.get("part"))
    return None if not wished or agrees else chosen(turn)


def wants_another_time(turn: Turn) -> bool:
    """Whether she turns a time down at the summary without naming another."""
    said = mentions(turn.words, "more") or mentions(turn.words, "refused")
    return said or (turn.means({"reschedule_appointment"}) and not turn.is_button)


def search_for(turn: Turn, day: str | None, like: str) -> Json:
    """The day or the half of the day she would rather have, as a search; empty without one. `like` has the offset."""
    part = (turn.entity("time_of_day") or {}).get("part")
    if day is None and part is None:
        return {}
    midnight = f"{day}T00:00:00{like[19:]}" if day else None
    return {"after": midnight, "day": day, "part": part}


def waiting_of(search: Json) -> Json:
    """What she said of the waiting list: it holds for the next search too."""
    return {"waiting": search["waiting"]} if search.get("waiting") else {}


def has_wish(search: Json) -> bool:
    """Whether she named a day or a half of the day."""
    return bool(search.get("day") or search.get("part"))


def _half(start: str) -> str | None:
    return ("morning" if int(start[11:13]) < NOON else "afternoon") if start else None


def suits(offer: Json, search: Json) -> bool:
    """Whether an offer is of the day and half of the day she named."""
    day, part = search.get("day"), search.get("part")
    return (day is None or offer["start"][:10] == day) and (part is None or _half(offer["start"]) == part)


def _by_button(wish: str, turn: Turn, offers: list[Json]) -> Json:
    search = turn.slots.get("offer_search") or {}
    if wish == "more" and offers:
        later = {**search, "after": max(offer["start"] for offer in offers)}
        return {"offer_search": {name: value for name, value in later.items() if name not in ("day", "part")}}
    if wish == "other_center" and offers:
        return {"offer_search": {"exclude_centers": centers_seen(search, offers), **waiting_of(search)}}
    if wish == "other_place":
        return {"place": None, "offers": None, "offer_search": None}
    if wish in WAITING_WISHES:
        return {"offer_search": {**search, "waiting": wish}}
    offer = next((offer for offer in offers if offer["slot_id"] == wish), None)
    return {"chosen_offer": offer} if offer else {"offer_search": None}


def centers_seen(search: Json, offers: list[Json]) -> list[int]:
    """The centres of which she has been shown slots."""
    shown = {offer["center"]["number"] for offer in offers}
    return sorted({*search.get("seen", []), *search.get("exclude_centers", []), *shown})


def kind_of(search: Json) -> str:
    """Which words stand above the list."""
    if search.get("day"):
        return "intro_day"
    if search.get("part"):
        return f"intro_{search['part']}"
    if search.get("after"):
        return "intro_later"
    return "intro_other_centers" if search.get("exclude_centers") else "intro"


def _by_date(turn: Turn, offers: list[Json]) -> Json | None:
    day, time = turn.entity("date"), (turn.entity("time_of_day") or {}).get("time")
    if day is None and time is None:
        return None
    fitting = [
        offer
        for offer in offers
        if (day is None or offer["start"][:10] == day) and (time is None or offer["start"][11:16] == time)
    ]
    return fitting[0] if len(fitting) == 1 else None
