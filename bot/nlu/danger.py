"""The Rasa component by which danger overrides every other intent; it stands last in the pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.clock import metadata_of
from bot.nlu.danger_signs import DANGER_SIGNS_FILE, DangerSigns, Finding
from bot.nlu.data_files import changed_since, fingerprint, record, recorded
from bot.nlu.unsure import BELIEVED_ANYHOW, NEVER_BELIEVED, UNSURE_BELOW

# An unsure model whose likeliest intent is urgent, with this probability, is believed: a false alarm is cheap.
LEANING = 0.25
# A sign found but denied, past or imagined is not believed of the model either. Violence and self-harm always are.
_TAKEN_BACK = {"danger_sign", "report_loss"}
# The model alone is believed from this probability on, and never for a single word: phrases know those.
BELIEVED = 0.45
_SENSITIVE = frozenset({"report_violence", "report_self_harm"})
_URGENT = ("report_self_harm", "danger_sign", "report_violence")

Ranking = list[dict[str, Any]]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class DangerDetector(GraphComponent, IntentClassifier):
    """Sets the intent by the phrases of danger_signs.yml; training only notes which list."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`leaning`: probability of danger from which an unsure model is believed."""
        return {"leaning": LEANING}

    def __init__(
        self, config: dict[str, Any], storage: ModelStorage, resource: Resource, trained: Mapping[str, str] | None
    ) -> None:
        """Reads the list."""
        self._leaning = float(config["leaning"])
        self._storage, self._resource, self._trained = storage, resource, trained
        self._signs = DangerSigns.read(DANGER_SIGNS_FILE)

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> DangerDetector:
        """A new detector."""
        return cls(config, model_storage, resource, None)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> DangerDetector:
        """The detector of a model."""
        return cls(config, model_storage, resource, recorded(model_storage, resource))

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Changes with the list."""
        return fingerprint([DANGER_SIGNS_FILE])

    def train(self, training_data: TrainingData) -> Resource:
        """Notes the list in the model."""
        record([DANGER_SIGNS_FILE], self._storage, self._resource)
        return self._resource

    def stale_data(self) -> list[str]:
        """The list, if it changed since training."""
        return changed_since([DANGER_SIGNS_FILE], self._trained or {})

    def process(self, messages: list[Message]) -> list[Message]:
        """Overrides intent and ranking where there is danger, and adds `danger_kind`."""
        for message in messages:
            findings = self._signs.find(message.get(TEXT) or "", metadata_of(message).get("expecting"))
            ranking = self._decide(list(message.get(INTENT_RANKING_KEY) or []), findings)
            if ranking:
                message.set(INTENT, ranking[0], add_to_output=True)
                message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
                if not findings:
                    self._judge(message, ranking[0])
            entities = [_entity(one) for one in findings if one.now and one.intent != "report_loss"]
            message.set(ENTITIES, message.get(ENTITIES, []) + entities, add_to_output=True)
        return messages

    def _decide(self, ranking: Ranking, findings: list[Finding]) -> Ranking:
        now = [finding.intent for finding in findings if finding.now]
        if now:
            return _first(ranking, now[0], 1.0)
        unreal = {finding.intent for finding in findings} & _TAKEN_BACK
        if unreal:
            return _without(ranking, unreal)
        return ranking

    def _judge(self, message: Message, guess: Mapping[str, Any]) -> None:
        """How sure the model alone has to be: little for danger, much for violence and self-harm."""
        if _doubtful(guess, message.get(TEXT) or ""):
            message.set(UNSURE_BELOW, NEVER_BELIEVED, add_to_output=True)
        elif guess["name"] in _URGENT and guess["confidence"] >= self._leaning:
            message.set(UNSURE_BELOW, BELIEVED_ANYHOW, add_to_output=True)


def _first(ranking: Ranking, intent: str, confidence: float) -> Ranking:
    return [{"name": intent, "confidence": confidence}, *(entry for entry in ranking if entry["name"] != intent)]


def _without(ranking: Ranking, unreal: set[str]) -> Ranking:
    """Every sign told was denied, past or imagined: the next likeliest intent, as likely as it is among the others."""
    if not ranking or ranking[0]["name"] not in unreal or len(ranking) < 2:
        return ranking
    rest = sum(entry["confidence"] for entry in ranking[1:]) or 1.0
    others = [{**entry, "confidence": entry["confidence"] / rest} for entry in ranking[1:]]
    return [*others, {**ranking[0], "confidence": 0.0}]


def _doubtful(guess: Mapping[str, Any], text: str) -> bool:
    """Whether the model alone sees violence or self-harm in a message that hardly speaks of it."""
    if guess["name"] not in _SENSITIVE:
        return False
    words = [word for word in text.split() if any(letter.isalpha() for letter in word)]
    return guess["confidence"] < BELIEVED or len(words) < 2


def _entity(finding: Finding) -> dict[str, Any]:
    return {
        "entity": "danger_kind",
        "value": {"kind": finding.kind, "phase": finding.phase},
        "start": finding.start,
        "end": finding.end,
        "extractor": DangerDetector.__name__,
    }
