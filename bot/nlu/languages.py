"""Messages in another language than Spanish, by the dated words of bot/data/languages.yml."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from re import Pattern
from typing import Any

import yaml
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.text import fold, unstretch
from bot.nlu.unsure import BELIEVED_ANYHOW, UNSURE_BELOW

LANGUAGES_FILE = Path(__file__).parents[1] / "data" / "languages.yml"
INTENT_NAME = "other_language"
ENTITY = "language"
EXTRACTOR = "LanguageDetector"
URGENT = frozenset({"danger_sign", "report_violence", "report_self_harm", "report_loss"})
# Short words that are understood in any language and need no person.
IN_PASSING = frozenset({"thank", "goodbye", "affirm", "deny"})
SURE_OF_PASSING = 0.6
LONGEST_PASSING = 2
CHINESE = "zh"

SURE_WEIGHT = 2
FEWEST_FOREIGN = 2
# Of all words of the message: below this it is Spanish with something strange in it.
LEAST_SHARE = 0.25
DENIED_WITHIN = 3
_APOSTROPHE = re.compile(r"(?<=\w)['’‘`´ʼ](?=\w)")
_WORD = re.compile(r"[a-z]+")
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")


Phrases = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Tongue:
    """The words of one language."""

    code: str
    sure: frozenset[str]
    phrases: Phrases
    likely: frozenset[str]
    alone: frozenset[str]
    shapes: Pattern[str]
    urgent: Mapping[str, Phrases]
    not_after: frozenset[str]

    def knows(self, word: str) -> bool:
        """Whether the word is one of this language, for sure or likely."""
        return word in self.sure or word in self.likely or self.shapes.fullmatch(word) is not None


class Languages:
    """The lists, ready to be asked."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        """Takes the parsed file; KeyError when a list is missing."""
        self._spanish = frozenset(data["spanish"].split())
        self._tongues = [_tongue(code, lists) for code, lists in data["languages"].items()]

    def language_of(self, text: str) -> str | None:
        """The code of the language a message is written in; None for Spanish, and for too little to tell."""
        if len(_HAN.findall(text)) >= FEWEST_FOREIGN:
            return CHINESE
        words = _words(text)
        found = [(self._weight(tongue, words), tongue.code) for tongue in self._tongues]
        weight, code = max(found, default=(0, None))
        return code if weight > 0 else None

    def urgent_in(self, text: str, code: str) -> str | None:
        """The urgent intent that a message in this language tells of, the gravest first; None when it does not."""
        tongue = next((one for one in self._tongues if one.code == code), None)
        if tongue is None:
            return None
        words = _words(text)
        told = (
            intent
            for intent, phrases in tongue.urgent.items()
            if any(_is_told(phrase, words, tongue.not_after) for phrase in phrases)
        )
        return next(told, None)

    def _weight(self, tongue: Tongue, words: list[str]) -> int:
        """How much more of this language than of Spanish there is in the message; 0 when too little."""
        if words and set(words) <= tongue.alone:
            return SURE_WEIGHT
        sure = {word for word in words if word in tongue.sure}
        phrases = _phrases_in(words, tongue.phrases)
        if not (sure or phrases):
            return 0
        of_phrases = {word for phrase in phrases for word in phrase}
        likely = {word for word in words if tongue.knows(word)} - sure - of_phrases
        foreign = sure | of_phrases | likely
        share = sum(word in foreign for word in words) / len(words)
        if len(foreign) < FEWEST_FOREIGN or share < LEAST_SHARE:
            return 0
        # "che ryeguasu" says no more than "ryeguasu": a phrase with a sure word in it is counted by that word.
        certain = len(sure) + sum(sure.isdisjoint(phrase) for phrase in phrases)
        spanish = {word for word in words if word in self._spanish} - foreign
        return max(0, SURE_WEIGHT * certain + len(likely) - len(spanish))


@lru_cache(maxsize=1)
def languages() -> Languages:
    """The lists of bot/data/languages.yml."""
    return Languages(yaml.safe_load(LANGUAGES_FILE.read_text(encoding="utf-8")))


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class LanguageDetector(GraphComponent, EntityExtractorMixin):
    """Adds the entity `language`. The intent stays what the words mean, unless they are urgent: the turn decides."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LanguageDetector:
        """A new detector, with its lists read: a malformed one must not wait for the first message."""
        languages()
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        """One entity over the whole message, where it is in another language; what is urgent in it comes first."""
        for message in messages:
            text = message.get(TEXT) or ""
            code = languages().language_of(text)
            if code is not None:
                found = {"entity": ENTITY, "value": code, "start": 0, "end": len(text), "extractor": EXTRACTOR}
                message.set(ENTITIES, [*message.get(ENTITIES, []), found], add_to_output=True)
                _put_first(message, languages().urgent_in(text, code))
        return messages


def _put_first(message: Message, intent: str | None) -> None:
    """The urgent intent first, unless the danger detector has found one already."""
    if intent is None or (message.get(INTENT) or {}).get("name") in URGENT:
        return
    told = {"name": intent, "confidence": 1.0}
    others = [one for one in message.get(INTENT_RANKING_KEY) or [] if one["name"] != intent]
    message.set(INTENT, told, add_to_output=True)
    message.set(INTENT_RANKING_KEY, [told, *others], add_to_output=True)
    message.set(UNSURE_BELOW, BELIEVED_ANYHOW, add_to_output=True)


def heard_in_language(parsed: Mapping[str, Any], goes_on_in_spanish: bool, asked: bool) -> dict[str, Any]:
    """The parsed message as a turn takes it: `other_language` where Latido has no answer of its own in that language.

    What is urgent stays so, and so do thanks, a yes or a no; to what a form `asked` one may answer in any language.
    """
    entities = [one for one in parsed.get("entities") or [] if one["entity"] != ENTITY]
    if len(entities) == len(parsed.get("entities") or []):
        return dict(parsed)
    if goes_on_in_spanish:
        return {**parsed, "entities": entities}
    intent = parsed.get("intent") or {}
    if intent.get("name") in URGENT or _is_in_passing(intent, str(parsed.get("text") or "")):
        return dict(parsed)
    if asked and entities:
        return dict(parsed)
    other = {"name": INTENT_NAME, "confidence": 1.0}
    rest = {name: value for name, value in parsed.items() if name != UNSURE_BELOW}
    return {**rest, "intent": other, "intent_ranking": [other, *(parsed.get("intent_ranking") or [])]}


def _is_in_passing(intent: Mapping[str, Any], text: str) -> bool:
    sure = intent.get("name") in IN_PASSING and intent["confidence"] >= SURE_OF_PASSING
    return sure and len(_words(text)) <= LONGEST_PASSING


def _words(text: str) -> list[str]:
    return [unstretch(word) for word in _WORD.findall(fold(_APOSTROPHE.sub("", text)))]


def _phrases_in(words: Sequence[str], phrases: Phrases) -> Phrases:
    """Every phrase that stands in the message."""
    there = set(words)
    likely = (one for one in phrases if one[0] in there and one[-1] in there)
    return tuple(one for one in likely if next(_places_of(one, words), None) is not None)


def _places_of(phrase: tuple[str, ...], words: Sequence[str]) -> Iterator[int]:
    """Where the phrase begins, each time it stands there."""
    size = len(phrase)
    return (at for at in range(len(words) - size + 1) if tuple(words[at : at + size]) == phrase)


def _is_told(phrase: tuple[str, ...], words: Sequence[str], not_after: frozenset[str]) -> bool:
    """Whether the phrase stands there without a denial right before it."""
    places = _places_of(phrase, words)
    return any(not_after.isdisjoint(words[max(0, at - DENIED_WITHIN) : at]) for at in places)


def _tongue(code: str, lists: Mapping[str, Any]) -> Tongue:
    sure = [tuple(one.split()) for one in _listed(lists["sure"])]
    return Tongue(
        code=code,
        sure=frozenset(unstretch(one[0]) for one in sure if len(one) == 1),
        phrases=tuple(one for one in sure if len(one) > 1),
        likely=frozenset(unstretch(one) for one in _listed(lists["likely"])),
        alone=frozenset(_listed(lists["alone"])),
        shapes=re.compile("|".join(f"(?:{shape})" for shape in lists["shapes"])),
        urgent={intent: tuple(tuple(one.split()) for one in _listed(told)) for intent, told in lists["urgent"].items()},
        not_after=frozenset(_listed(lists["not_after"])),
    )


def _listed(joined: str) -> list[str]:
    return [fold(one.strip()) for one in joined.split(",") if one.strip()]
