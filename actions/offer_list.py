"""The list of free slots: asked of care, or given with a refusal; and the waiting list where none is soon enough."""

from __future__ import annotations

from abc import abstractmethod

from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.base import PRENATAL_FORM, LatidoAction
from actions.offers import (
    ASKED,
    OFFERS_SHOWN,
    about_her,
    centers_seen,
    has_wish,
    kept,
    kind_of,
    narrowed,
    patient,
    suits,
    trimmed,
    waiting_of,
)
from actions.replies import Json, button, payload
from actions.speech import date_in_words, offer_description, offer_title, offers_intro, waiting_place
from actions.texts import piece
from actions.turn import Event, Turn


class AskOffers(LatidoAction):
    """Lists free slots to choose from."""

    ways_on: tuple[str, ...] = ("other_center", "other_place")

    @abstractmethod
    def about(self, turn: Turn, search: Json) -> Json:
        """The part of `POST /offers` that says for whom and where."""

    def section(self, turn: Turn, kind: str) -> str:
        """Where in texts.yml the words above the list stand."""
        return "offers"

    def place(self, turn: Turn) -> str:
        """What the words above the list call the place."""
        return (turn.slots.get("place") or {}).get("label") or ""

    def for_other(self, turn: Turn) -> bool:
        """Whether the appointment is for somebody else, who is not told why she goes first."""
        return turn.slots.get("for_whom") == "other"

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """The list; when there are no more, the first ones again; when there are none, what else she can do."""
        given = turn.slots.get("offers_given")
        if given:
            return self._list(turn, {}, given, "intro_instead", say)
        search: Json = turn.slots.get("offer_search") or {}
        search, answer = self._find(turn, search, say)
        return self._list(turn, search, answer, kind_of(search), say)

    def instead(self, turn: Turn, given: Json | None, say: CollectingDispatcher) -> list[Event]:
        """Others in place of a slot that is gone: those that came with the refusal, else fresh ones."""
        others = trimmed(given)
        if others:
            return self._list(turn, {}, others, "intro_instead", say)
        say.utter_message(response="utter_slot_taken")
        search, answer = self._find(turn, {}, say)
        return self._list(turn, search, answer, kind_of(search), say)

    def _list(self, turn: Turn, search: Json, answer: Json, kind: str, say: CollectingDispatcher) -> list[Event]:
        offers = [kept(offer) for offer in answer["slots"][:OFFERS_SHOWN]]
        if self.asks_otherwise(turn, search, answer, kind, say):
            search = {**search, "waiting": ASKED}
        else:
            self._show(turn, answer, offers, kind, say)
        return [
            SlotSet("offers", offers),
            SlotSet("offers_given", None),
            SlotSet("offer_search", {**search, "seen": centers_seen(search, offers)}),
            SlotSet("priority", answer.get("priority") or turn.slots.get("priority")),
        ]

    def asks_otherwise(self, turn: Turn, search: Json, answer: Json, kind: str, say: CollectingDispatcher) -> bool:
        """Whether the waiting list was asked about in place of the list."""
        return False

    def _find(self, turn: Turn, search: Json, say: CollectingDispatcher) -> tuple[Json, Json]:
        """The search answered in the end, and its answer: the first slots again when there are no such ones."""
        answer = self.ask_care({**self.about(turn, search), **narrowed(search)})
        if has_wish(search):
            answer = {**answer, "more": True, "slots": [slot for slot in answer["slots"] if suits(slot, search)]}
        anywhere = waiting_of(search)
        if answer["slots"] or not (search.get("after") or search.get("exclude_centers") or has_wish(search)):
            return search, answer
        say.utter_message(response="utter_no_offers_then" if has_wish(search) else "utter_no_more_offers")
        return anywhere, self.ask_care({**self.about(turn, anywhere), **narrowed(anywhere)})

    def ask_care(self, request: Json) -> Json:
        """The answer of `POST /offers`."""
        return self.care.offers(request)

    def _show(self, turn: Turn, answer: Json, offers: list[Json], kind: str, say: CollectingDispatcher) -> None:
        if not offers:
            self.say_none(turn, say)
            return
        intro = offers_intro(f"{self.section(turn, kind)}.{kind}", self.place(turn), answer, self.for_other(turn))
        ways = [*(["more"] if answer.get("more") else []), *self.ways_on]
        say.utter_message(response="utter_offers", intro=intro, buttons=[*map(_item, offers), *map(_way_on, ways)])

    def say_none(self, turn: Turn, say: CollectingDispatcher) -> None:
        """Nothing is free."""
        say.utter_message(response="utter_no_offers", place=self.place(turn))

    def when_unavailable(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """Says so; the form stays at this question, and "Probar de nuevo" asks it again."""
        say.utter_message(response="utter_service_unavailable")
        return []


def _item(offer: Json) -> Json:
    return button(offer_title(offer), payload("inform", offer=offer["slot_id"]), offer_description(offer))


def _way_on(way: str) -> Json:
    return button(piece(f"offers.{way}_title"), payload("inform", offer=way), piece(f"offers.{way}_description"))


class AskChosenOffer(AskOffers):
    """The slots for a new appointment; a prenatal one, unless a subclass says otherwise."""

    action_name = f"action_ask_{PRENATAL_FORM}_chosen_offer"
    service = "prenatal"

    def whom(self, turn: Turn) -> Json:
        """What care needs to know of the person to offer slots or to keep a place on the waiting list."""
        return about_her(turn.slots)

    def patient(self, turn: Turn) -> Json:
        """Who would be on the waiting list."""
        return patient(turn.slots)

    def about(self, turn: Turn, search: Json) -> Json:
        """All she has told."""
        return {
            "resident": turn.resident,
            "service": self.service,
            "near": _near(turn),
            "center_number": None,
            **self.whom(turn),
        }

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """The list; before it her place on the waiting list, when she has just asked for one."""
        search = turn.slots.get("offer_search") or {}
        if search.get("waiting") != "join_waiting_list":
            return super().perform(turn, say)
        entry = self.care.join_waiting_list(self._waiting_request(turn))
        say.utter_message(response="utter_waiting_joined", place=waiting_place(entry))
        search, answer = self._find(turn, {**search, "waiting": "show"}, say)
        if answer["slots"]:
            return self._list(turn, search, answer, "intro_waiting", say)
        return [SlotSet("offer_search", None), SlotSet("requested_slot", None), ActiveLoop(None)]

    def _waiting_request(self, turn: Turn) -> Json:
        return {
            "idempotency_key": turn.key("waiting"),
            "resident": turn.resident,
            "service": self.service,
            "near": _near(turn),
            **self.whom(turn),
            "patient": self.patient(turn),
        }

    def asks_otherwise(self, turn: Turn, search: Json, answer: Json, kind: str, say: CollectingDispatcher) -> bool:
        """Asks about the waiting list where care advises it, until she has answered."""
        waiting = answer.get("waiting_list") or {}
        answered = search.get("waiting") not in (None, ASKED)
        if kind != "intro" or answered or not waiting.get("advised") or waiting.get("entry"):
            return False
        if answer["slots"]:
            say.utter_message(response="utter_waiting_advised", date=date_in_words(answer["slots"][0]["start"]))
        else:
            say.utter_message(response="utter_waiting_only", place=self.place(turn))
        return True


def _near(turn: Turn) -> Json:
    place = turn.slots["place"]
    return {"latitude": place["latitude"], "longitude": place["longitude"]}
