"""The Rasa component by which danger overrides every other intent; it stands last in the pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.clock import metadata_of
from bot.nlu.danger_signs import DANGER_SIGNS_FILE
from bot.nlu.data_files import changed_since, fingerprint, record, recorded
from bot.nlu.unsure import BELIEVED_ANYHOW, UNSURE_BELOW
from bot.nlu.urgency.examples import URGENT, danger_files
from bot.nlu.urgency.judge import Judgement, UrgencyJudge
from bot.nlu.urgency.lexicon import LEXICON_FILE

# The intent classifier is believed against the judge from this confidence on, where the judge does not rule it out.
_CLASSIFIER_BELIEVED, _NOT_RULED_OUT = 0.8, 0.3
_LEAST_CONFIDENT = 0.6  # of an urgent intent: surer than what the dialogue takes for a clumsy answer

LOSS = "report_loss"
UNNAMED = "unnamed"  # heard by the model, not by a phrase

Ranking = list[dict[str, Any]]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class DangerDetector(GraphComponent, IntentClassifier):
    """Sets the intent by the phrases of danger_signs.yml and a model trained from data/danger."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`seed`: of the training's choices."""
        return {"seed": 7}

    def __init__(
        self,
        config: dict[str, Any],
        storage: ModelStorage,
        resource: Resource,
        judge: UrgencyJudge | None,
        trained: Mapping[str, str] | None = None,
    ) -> None:
        """Keeps the judge, None before training, and the data files it was trained with."""
        self._config, self._storage, self._resource = config, storage, resource
        self._judge, self._trained = judge, trained

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> DangerDetector:
        """A new, untrained detector."""
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
        """The detector of a model; fails rather than serve untrained."""
        with model_storage.read_from(resource) as folder:
            judge = UrgencyJudge.load(folder)
        return cls(config, model_storage, resource, judge, recorded(model_storage, resource))

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Changes with the lists and the code beside this module."""
        return fingerprint(_data_files())

    def train(self, training_data: TrainingData) -> Resource:
        """Learns from data/danger and the intents' examples, and notes the lists in the model."""
        labelled = [(example.get(TEXT), example.get(INTENT)) for example in training_data.intent_examples]
        self._judge = UrgencyJudge.train([(text, intent) for text, intent in labelled if text], self._config["seed"])
        with self._storage.write_to(self._resource) as folder:
            self._judge.save(folder)
        record(_data_files(), self._storage, self._resource)
        return self._resource

    def stale_data(self) -> list[str]:
        """The lists that changed since training."""
        return changed_since(_data_files(), self._trained or {})

    def process(self, messages: list[Message]) -> list[Message]:
        """Overrides intent and ranking where there is danger, and adds `danger_kind`."""
        for message in messages:
            judgement = self._judged(message)
            ranking: Ranking = list(message.get(INTENT_RANKING_KEY) or [])
            intent = judgement.intent or _believed(ranking, judgement) or _loss_now(judgement)
            ranking = (
                _first(ranking, intent, _confidence(judgement)) if intent else _without(ranking, _unreal(judgement))
            )
            if ranking:
                message.set(INTENT, ranking[0], add_to_output=True)
                message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
            if intent:
                message.set(UNSURE_BELOW, BELIEVED_ANYHOW, add_to_output=True)
            entities = _entities(judgement, message.get(TEXT) or "") if intent in URGENT else []
            message.set(ENTITIES, message.get(ENTITIES, []) + entities, add_to_output=True)
        return messages

    def _judged(self, message: Message) -> Judgement:
        if self._judge is None:
            raise InvalidConfigException("The danger detector is untrained: run `make train`.")
        return self._judge.judge(message.get(TEXT) or "", metadata_of(message).get("expecting"))


def _data_files() -> list[Path]:
    return [DANGER_SIGNS_FILE, LEXICON_FILE, *danger_files()]


def _believed(ranking: Ranking, judgement: Judgement) -> str | None:
    """The urgent intent of a sure classifier, where the judge was in doubt."""
    if not ranking or ranking[0]["name"] not in URGENT or judgement.probability < _NOT_RULED_OUT:
        return None
    return str(ranking[0]["name"]) if ranking[0]["confidence"] >= _CLASSIFIER_BELIEVED else None


def _loss_now(judgement: Judgement) -> str | None:
    return LOSS if any(one.now and one.intent == LOSS for one in judgement.findings) else None


def _confidence(judgement: Judgement) -> float:
    told = any(one.now for one in judgement.findings)
    return 1.0 if told else max(judgement.probability, _LEAST_CONFIDENT)


def _unreal(judgement: Judgement) -> set[str]:
    """The intents that are not meant now, whatever the classifier thinks."""
    return {*URGENT, *(one.intent for one in judgement.findings)}


def _first(ranking: Ranking, intent: str, confidence: float) -> Ranking:
    return [{"name": intent, "confidence": confidence}, *(entry for entry in ranking if entry["name"] != intent)]


def _without(ranking: Ranking, unreal: set[str]) -> Ranking:
    """Without what is not meant now: the next likeliest intent, as likely as it is among the others."""
    real = [entry for entry in ranking if entry["name"] not in unreal]
    if not real or ranking[0]["name"] not in unreal:
        return ranking
    rest = sum(entry["confidence"] for entry in real) or 1.0
    likelier = [{**entry, "confidence": entry["confidence"] / rest} for entry in real]
    return [*likelier, *({**entry, "confidence": 0.0} for entry in ranking if entry["name"] in unreal)]


def _entities(judgement: Judgement, text: str) -> list[dict[str, Any]]:
    """The signs told; where only the model heard one, the whole message."""
    told = [one for one in judgement.findings if one.now and one.intent in URGENT]
    if told:
        return [_entity(one.kind, one.phase or judgement.phase, one.start, one.end) for one in told]
    return [_entity(UNNAMED, judgement.phase, 0, len(text))]


def _entity(kind: str, phase: str | None, start: int, end: int) -> dict[str, Any]:
    return {
        "entity": "danger_kind",
        "value": {"kind": kind, "phase": phase},
        "start": start,
        "end": end,
        "extractor": DangerDetector.__name__,
    }
