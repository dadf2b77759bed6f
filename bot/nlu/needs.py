"""The Rasa component for several needs in one message: serves the most pressing, notes the others as `other_need`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.classifier import GatherIntentClassifier
from bot.nlu.clauses import Clause, clauses_of
from bot.nlu.data_files import changed_since, fingerprint, record, recorded
from bot.nlu.text import fold, sound, words_of

NEEDS_FILE = Path(__file__).parents[1] / "data" / "needs.yml"
ENTITY = "other_need"
# A clause's likeliest journey is believed from this probability on.
SURE = 0.4
_FEWEST_WORDS = 6
_NEAR, _LIKELY = 4, 0.1
_BOOKING = ("book_prenatal", "book_pediatric")
_WHOSE = (_BOOKING, ("ask_prenatal_schedule", "ask_pediatric_schedule"))
_OF_APPOINTMENTS = (*_BOOKING, "cancel_appointment", "reschedule_appointment", "list_appointments")
# "Where is a nursery near me" resembles "where is a centre near me".
_CONFUSED_WITH_PLACES = ("find_cesac", "ask_center_details", "inform", "out_of_scope")
_ONE_MORE = re.compile(r"^(?:(?:otro|uno|tambien|una) )?para\b")
_APPOINTMENT = re.compile(r"\bturnos?\b")
_FREE = re.compile(r"\b(?:hay|quedan|dan|tienen) turnos?\b")  # asks for one, not for hers
_A_PRONOUN = re.compile(r"\b(?:uno|otro)\b(?! dia)")

Ranking = list[dict[str, Any]]


@dataclass(frozen=True)
class Needs:
    """The journeys, the most pressing first, and what goes with what."""

    about: Mapping[str, tuple[str, ...]]
    telling: Mapping[str, tuple[str, ...]]
    of_pregnancy: tuple[str, ...]
    of_child: tuple[str, ...]
    kin: frozenset[frozenset[str]]
    alone: frozenset[str]
    kept: frozenset[str]

    def are_one(self, first: str, second: str) -> bool:
        """Whether two intents told together are one need."""
        return first == second or frozenset((first, second)) in self.kin

    def most_pressing(self, journeys: list[str]) -> str:
        """The journey to serve first."""
        order = list(self.about)
        return min(journeys, key=order.index)

    def is_about(self, journey: str, text: str) -> bool:
        """Whether one of the journey's words is in the text."""
        return _says(text, self.about[journey])

    def told_by_a_word(self, text: str) -> str | None:
        """The journey of which one word tells for sure, or None."""
        return next((journey for journey, words in self.telling.items() if _says(text, words)), None)

    def says_whose(self, text: str) -> bool:
        """Whether a clause tells if its appointment is for a pregnancy or for a child."""
        return _says(text, self.of_pregnancy + self.of_child)


def _says(text: str, known: tuple[str, ...]) -> bool:
    heard = [sound(word.text) for word in words_of(text)]
    return any(_fits(one, word) for one in known for word in heard)


def _fits(known: str, heard: str) -> bool:
    return heard.startswith(known[:-1]) if known.endswith("~") else heard == known


@lru_cache(maxsize=1)
def needs() -> Needs:
    """The lists of bot/data/needs.yml."""
    data = yaml.safe_load(NEEDS_FILE.read_text(encoding="utf-8"))
    journeys = {journey: [str(word) for word in words] for journey, words in data["journeys"].items()}
    telling = {journey: _sounding(word for word in words if word[0] == "!") for journey, words in journeys.items()}
    return Needs(
        {journey: _sounding(words) for journey, words in journeys.items()},
        telling,
        _sounding(data["of_pregnancy"]),
        _sounding(data["of_child"]),
        frozenset(frozenset(pair) for pair in data["kin"]),
        frozenset(data["alone"]),
        frozenset(data["kept"]),
    )


def _sounding(words: Iterable[str]) -> tuple[str, ...]:
    bare = [word.lstrip("!") for word in words]
    return tuple(sound(fold(word.rstrip("~"))) + ("~" if word.endswith("~") else "") for word in bare)


@dataclass(frozen=True)
class Found:
    """A journey that one clause asks for."""

    journey: str
    confidence: float
    clause: Clause


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class NeedsSplitter(GraphComponent, IntentClassifier):
    """Reads each clause of a longer message with the classifier before it; training only notes which lists."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`sure`: probability from which a clause is believed."""
        return {"sure": SURE}

    def __init__(
        self,
        config: dict[str, Any],
        storage: ModelStorage,
        resource: Resource,
        classifier: GatherIntentClassifier | None,
        trained: Mapping[str, str] | None,
    ) -> None:
        """Takes the classifier of the pipeline, None before training."""
        self._sure = float(config["sure"])
        self._storage, self._resource, self._classifier, self._trained = storage, resource, classifier, trained

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> NeedsSplitter:
        """A new splitter, which has no classifier yet."""
        return cls(config, model_storage, resource, None, None)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> NeedsSplitter:
        """The splitter of a model, with that model's classifier."""
        classifier = _classifier_of(execution_context, model_storage)
        return cls(config, model_storage, resource, classifier, recorded(model_storage, resource))

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Changes with the list."""
        return fingerprint([NEEDS_FILE])

    def train(self, training_data: TrainingData) -> Resource:
        """Notes the list in the model."""
        record([NEEDS_FILE], self._storage, self._resource)
        return self._resource

    def stale_data(self) -> list[str]:
        """The list, if it changed since training."""
        return changed_since([NEEDS_FILE], self._trained or {})

    def process(self, messages: list[Message]) -> list[Message]:
        """Adds `other_need` for each further journey, and puts the most pressing one first."""
        for message in messages:
            found = self._found(message)
            main = _main(message, found)
            if main and main.journey != _intent(message):
                _serve(message, main)
            others = _others(_intent(message), found)
            message.set(ENTITIES, message.get(ENTITIES, []) + [_entity(one) for one in others], add_to_output=True)
        return messages

    def _found(self, message: Message) -> list[Found]:
        """The journeys of the clauses, and of the whole; none in a short message or a grave one."""
        text, whole = message.get(TEXT) or "", message.get(INTENT) or {}
        if len(text.split()) < _FEWEST_WORDS or _intent(message) in needs().alone or text.startswith("/"):
            return []
        clauses = clauses_of(text)
        found = list(self._read(message, clauses)) if len(clauses) > 1 else []
        if len(found) != 1 or _intent(message) not in needs().about or whole["confidence"] < self._sure:
            return found
        return [*found, Found(_intent(message), whole["confidence"], Clause(text, 0, len(text), True, False))]

    def _read(self, message: Message, clauses: list[Clause]) -> Iterator[Found]:
        booking = False
        for clause in clauses:
            text = _spelt_out(clause, booking)
            journey, confidence = self._journey(message, clause, text)
            booking = booking or journey in _OF_APPOINTMENTS or _APPOINTMENT.search(fold(clause.text)) is not None
            known = journey in needs().about and needs().is_about(journey, text)
            if clause.asks and known and confidence >= self._sure:
                yield Found(journey, confidence, clause)

    def _journey(self, message: Message, clause: Clause, text: str) -> tuple[str, float]:
        """What the clause means; a word that tells helps, and the whole where it does not say whose turn it is."""
        ranking = self._ranking(message, clause, text)
        journey, confidence = ranking[0]["name"], ranking[0]["confidence"]
        if journey == "list_appointments" and _FREE.search(fold(text)):
            journey = _BOOKING[0]
        told = needs().told_by_a_word(text)
        chance = next((one["confidence"] for one in ranking[:_NEAR] if one["name"] == told), 0.0)
        if told and journey not in _BOOKING and (chance >= _LIKELY or (chance and journey in _CONFUSED_WITH_PLACES)):
            return told, max(self._sure, confidence)
        pair = next((pair for pair in _WHOSE if journey in pair), ())
        if pair and not needs().says_whose(text):
            whole = [one["name"] for one in message.get(INTENT_RANKING_KEY) or [] if one["name"] in pair]
            return (whole or [journey])[0], sum(one["confidence"] for one in ranking if one["name"] in pair)
        return journey, confidence

    def _ranking(self, message: Message, clause: Clause, text: str) -> Ranking:
        if self._classifier is None:
            raise InvalidConfigException("The splitter of needs is untrained: run `make train`.")
        within = [one for one in message.get(ENTITIES, []) if clause.start <= one["start"] and one["end"] <= clause.end]
        part = Message({TEXT: text, ENTITIES: within})
        self._classifier.process([part])
        ranking: Ranking = part.get(INTENT_RANKING_KEY)
        return ranking


def _classifier_of(context: ExecutionContext, storage: ModelStorage) -> GatherIntentClassifier:
    for node in context.graph_schema.nodes.values():
        if node.uses is GatherIntentClassifier and node.resource:
            config = {**GatherIntentClassifier.get_default_config(), **node.config}
            return GatherIntentClassifier.load(config, storage, node.resource, context)
    raise InvalidConfigException("NeedsSplitter needs GatherIntentClassifier before it in the pipeline of config.yml.")


def _spelt_out(clause: Clause, booking: bool) -> str:
    """The clause with what it takes from the one before: "… y para mi bebé" is another appointment."""
    folded = fold(clause.text)
    if booking and _ONE_MORE.match(folded):
        return "quiero turno " + clause.text
    pronoun = _A_PRONOUN.search(folded) if booking else None
    return f"{clause.text[: pronoun.start()]}turno{clause.text[pronoun.end() :]}" if pronoun else clause.text


def _intent(message: Message) -> str:
    return (message.get(INTENT) or {}).get("name") or ""


def _main(message: Message, found: list[Found]) -> Found | None:
    """What to serve first when the message holds several journeys; None to keep what the whole means."""
    journeys = {one.journey for one in found}
    apart = [j for j in journeys if not all(needs().are_one(j, other) for other in journeys)]
    if _intent(message) in needs().kept or not apart:
        return None
    first = needs().most_pressing(sorted(journeys))
    return max((one for one in found if one.journey == first), key=lambda one: one.confidence)


def _serve(message: Message, main: Found) -> None:
    ranking = [one for one in message.get(INTENT_RANKING_KEY) or [] if one["name"] != main.journey]
    ranking.insert(0, {"name": main.journey, "confidence": main.confidence})
    message.set(INTENT, ranking[0], add_to_output=True)
    message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)


def _others(main: str, found: list[Found]) -> list[Found]:
    """The further journeys in the order in which she told them, each once."""
    others: list[Found] = []
    for one in found:
        if not any(needs().are_one(one.journey, known) for known in [main, *(other.journey for other in others)]):
            others.append(one)
    return others


def _entity(found: Found) -> dict[str, Any]:
    place = {"start": found.clause.start, "end": found.clause.end}
    return {"entity": ENTITY, "value": found.journey, **place, "extractor": NeedsSplitter.__name__}
