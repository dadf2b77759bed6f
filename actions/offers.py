"""The free slots offered to her: what is asked of care, how they are listed, which one she chose."""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import LatidoAction
from actions.replies import Json, button, payload
from actions.speech import booking_summary, offer_description, offer_title, offers_intro
from actions.texts import is_one_of, mentions, piece
from actions.turn import Event, Turn

OFFERS_SHOWN = 5
OFFERS_LOOKED_THROUGH = 10  # the most care gives at once, when only some of them are wanted
NOON = 12
ORDINALS = ("first", "second", "third", "fourth")
_CENTER_FIELDS = ("number", "name", "address", "latitude", "longitude", "walking_minutes", "phones")


def offers_request(turn: Turn) -> Json:
    """The body of `POST /offers` for what she has told so far."""
    slots, search = turn.slots, turn.slots.get("offer_search") or {}
    place = slots["place"]
    return {
        "resident": turn.resident,
        "service": "prenatal",
        "near": {"latitude": place["latitude"], "longitude": place["longitude"]},
        "center_number": None,
        "gestational_age": known_age(slots),
        "answers": answers(slots),
        "after": search.get("after"),
        "exclude_centers": search.get("exclude_centers") or [],
        "limit": OFFERS_LOOKED_THROUGH if _wish(search) else OFFERS_SHOWN,
    }


def known_age(slots: Any) -> Json | None:
    """The gestational age as care takes it; None when she does not know."""
    age = slots.get("gestational_age")
    return None if not age or age.get("source") == "unknown" else age


def answers(slots: Any) -> Json:
    """The four optional answers; null where she was not asked."""
    return {name: slots.get(name) for name in ("prior_checkups", "age_band", "conditions", "history")}


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
    if mentions(turn.words, "other_center"):
        return _by_button("other_center", turn, offers)
    if mentions(turn.words, "other_place"):
        return _by_button("other_place", turn, offers)
    for offer, ordinal in zip(offers, ORDINALS, strict=False):
        if is_one_of(turn.words, ordinal):
            return {"chosen_offer": offer}
    only = _by_date(turn, offers)
    if only is not None:
        return {"chosen_offer": only}
    if mentions(turn.words, "refused"):
        return _by_button("more", turn, offers)
    wished = _wished(turn, offers)
    if wished:
        return {"offer_search": wished}
    return _by_button("more", turn, offers) if mentions(turn.words, "more") else None


def chosen_instead(turn: Turn) -> Json | None:
    """Another choice at the summary: an item of the list above, another day or half of the day; None without one."""
    day, taken = turn.entity("date"), (turn.slots.get("chosen_offer") or {}).get("start", "")
    if turn.entity("offer") or mentions(turn.words, "other_center") or mentions(turn.words, "other_place"):
        return chosen(turn)
    wished = _wished(turn, turn.slots.get("offers") or [])
    agrees = day == taken[:10] or (day is None and _half(taken) == wished.get("part"))
    return None if not wished or agrees else chosen(turn)


def _wished(turn: Turn, offers: list[Json]) -> Json:
    """The day or the half of the day she would rather have, as a search; empty when she names none."""
    day, part = turn.entity("date"), (turn.entity("time_of_day") or {}).get("part")
    if (day is None and part is None) or not offers:
        return {}
    midnight = f"{day}T00:00:00{offers[0]['start'][19:]}" if day else None
    return {"after": midnight, "day": day, "part": part}


def _wish(search: Json) -> bool:
    return bool(search.get("day") or search.get("part"))


def _half(start: str) -> str | None:
    return ("morning" if int(start[11:13]) < NOON else "afternoon") if start else None


def _suits(offer: Json, search: Json) -> bool:
    day, part = search.get("day"), search.get("part")
    return (day is None or offer["start"][:10] == day) and (part is None or _half(offer["start"]) == part)


def _by_button(wish: str, turn: Turn, offers: list[Json]) -> Json:
    search = turn.slots.get("offer_search") or {}
    if wish == "more" and offers:
        later = {**search, "after": max(offer["start"] for offer in offers)}
        return {"offer_search": {name: value for name, value in later.items() if name not in ("day", "part")}}
    if wish == "other_center" and offers:
        return {"offer_search": {"exclude_centers": _centers_seen(search, offers)}}
    if wish == "other_place":
        return {"place": None, "offers": None, "offer_search": None}
    offer = next((offer for offer in offers if offer["slot_id"] == wish), None)
    return {"chosen_offer": offer} if offer else {"offer_search": None}


def _centers_seen(search: Json, offers: list[Json]) -> list[int]:
    shown = {offer["center"]["number"] for offer in offers}
    return sorted({*search.get("seen", []), *search.get("exclude_centers", []), *shown})


def _kind(search: Json) -> str:
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


class AskChosenOffer(LatidoAction):
    """Asks care for free slots and lists them."""

    action_name = "action_ask_prenatal_form_chosen_offer"

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """The list; when there are no more, the first ones again; when there are none, what else she can do."""
        search, answer = self._find(turn, say)
        offers = [kept(offer) for offer in answer["slots"][:OFFERS_SHOWN]]
        self._show(turn, answer, offers, _kind(search), say)
        return [
            SlotSet("offers", offers),
            SlotSet("offer_search", {**search, "seen": _centers_seen(search, offers)}),
            SlotSet("priority", answer.get("priority")),
        ]

    def _find(self, turn: Turn, say: CollectingDispatcher) -> tuple[Json, Json]:
        """The search answered in the end, and its answer: the first slots again when there are no such ones."""
        search: Json = turn.slots.get("offer_search") or {}
        request = offers_request(turn)
        answer = self.care.offers(request)
        if _wish(search):
            answer = {**answer, "more": True, "slots": [slot for slot in answer["slots"] if _suits(slot, search)]}
        narrowed = search.get("after") or search.get("exclude_centers") or _wish(search)
        if answer["slots"] or not narrowed:
            return search, answer
        say.utter_message(response="utter_no_offers_then" if _wish(search) else "utter_no_more_offers")
        return {}, self.care.offers({**request, "after": None, "exclude_centers": [], "limit": OFFERS_SHOWN})

    def _show(self, turn: Turn, answer: Json, offers: list[Json], kind: str, say: CollectingDispatcher) -> None:
        place = turn.slots["place"].get("label") or ""
        if not offers:
            say.utter_message(response="utter_no_offers", place=place)
            return
        say.utter_message(
            response="utter_offers",
            intro=offers_intro(kind, place, answer, turn.slots.get("for_whom") == "other"),
            buttons=[*map(_item, offers), *_ways_on(bool(answer.get("more")))],
        )

    def when_unavailable(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """Says so; the form stays at this question, and "Probar de nuevo" asks it again."""
        say.utter_message(response="utter_service_unavailable")
        return []


def _item(offer: Json) -> Json:
    return button(offer_title(offer), payload("inform", offer=offer["slot_id"]), offer_description(offer))


def _ways_on(more: bool) -> list[Json]:
    ways = ["more"] if more else []
    return [
        button(piece(f"offers.{way}_title"), payload("inform", offer=way), piece(f"offers.{way}_description"))
        for way in [*ways, "other_center", "other_place"]
    ]


class AskBookingConfirmed(LatidoAction):
    """Shows what is about to be booked, the date in words, and asks."""

    action_name = "action_ask_prenatal_form_booking_confirmed"

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """The summary and its buttons."""
        other = (turn.slots.get("patient_name") or "") if turn.slots.get("for_whom") == "other" else None
        say.utter_message(
            response="utter_booking_summary",
            summary=booking_summary(turn.slots["chosen_offer"], turn.slots.get("priority"), other),
        )
        return []
