"""Sleep, feeding, crying, bathing: short cards with their source, by topic and age (data/care/tips.yml)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from rasa_sdk.executor import CollectingDispatcher
from ruamel.yaml import YAML

from actions.base import LatidoAction
from actions.care_client import CareClient
from actions.childhood import age_on_record
from actions.journey import answers
from actions.replies import Json, button, payload
from actions.texts import mentions, piece, plain
from actions.turn import Event, Turn

FILE = Path(__file__).resolve().parents[1] / "data" / "care" / "tips.yml"
INTENT = "ask_parenting_tips"
LIST = "list"
MOST_LISTED = 10


@dataclass(frozen=True)
class Card:
    """One tip; `ages` in days of the child, both inclusive (None: not about a child), `words` as `plain` makes them."""

    id: str
    title: str
    text: str
    words: tuple[str, ...]
    ages: tuple[int, int] | None
    source: str
    listed: bool

    def asked_in(self, text: str) -> int:
        """How many of its words stand in a plain text."""
        padded = f" {text} "
        return sum(f" {word}" in padded for word in self.words)

    def suits(self, age: Json | None) -> bool:
        """Whether it is for a child of this age; unknown ages suit."""
        if age is None or self.ages is None or age.get("days_min") is None:
            return True
        return self.ages[0] <= int(age.get("days_max") or age["days_min"]) and int(age["days_min"]) <= self.ages[1]


@lru_cache(maxsize=1)
def load_cards() -> tuple[Card, ...]:
    """The cards of the data file, in their order."""
    content: dict[str, Any] = YAML(typ="safe").load(FILE.read_text(encoding="utf-8"))
    return tuple(_card(entry, content["sources"]) for entry in content["cards"])


def _card(entry: dict[str, Any], sources: dict[str, str]) -> Card:
    ages = entry.get("ages_days")
    return Card(
        id=entry["id"],
        title=entry["title"],
        text=" ".join(str(entry["text"]).split()),
        words=tuple(plain(word, keep_end=True) for word in entry["words"]),
        ages=(ages[0], ages[1]) if ages else None,
        source="; ".join(sources[name] for name in entry["sources"]),
        listed=entry.get("listed", True),
    )


def chosen_card(turn: Turn) -> Card | None:
    """The card she tapped, or the one whose words and age fit best; None when none does."""
    cards, tapped, told = load_cards(), turn.entity("tip"), turn.entity("child_age")
    if tapped is not None:
        return next((card for card in cards if card.id == tapped), None)
    text = plain(turn.words)
    fitting = _best([card for card in cards if card.suits(told or age_on_record(turn))], text)
    return fitting or (None if told else _best(list(cards), text))


def _best(cards: list[Card], text: str) -> Card | None:
    """The card of which most words stand in the text, the first of equals; None when none stands there."""
    asked = [(card.asked_in(text), card) for card in cards]
    most = max((count for count, _ in asked), default=0)
    return next(card for count, card in asked if count == most) if most else None


@answers(INTENT)
def answer_tips(turn: Turn, care: CareClient, say: CollectingDispatcher) -> None:
    """One card, or the topics to choose from; who wants them sent from time to time is asked for her consent."""
    if mentions(turn.words, "wants_content"):
        say.utter_message(response="utter_ask_content")
        return
    card = chosen_card(turn)
    if card is None:
        say.utter_message(
            response="utter_ask_parenting_tips", buttons=topics(turn.entity("child_age") or age_on_record(turn))
        )
        return
    say.utter_message(response="utter_tip", tip=card.text, source=piece("tips.source", source=card.source))


def topics(age: Json | None) -> list[Json]:
    """The titles that suit, as a list to tap."""
    suitable = [card for card in load_cards() if card.listed and card.suits(age)]
    return [button(card.title, payload(INTENT, tip=card.id)) for card in suitable[:MOST_LISTED]]


class ParentingTips(LatidoAction):
    """A tip, outside a form."""

    action_name = "action_tips"
    ends_journey = True

    def perform(self, turn: Turn, say: CollectingDispatcher) -> list[Event]:
        """The card or the topics."""
        answer_tips(turn, self.care, say)
        return []
