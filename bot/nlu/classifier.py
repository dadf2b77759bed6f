"""The Rasa component which names the intent."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
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

from bot.nlu.clock import BUENOS_AIRES
from bot.nlu.concepts import CONCEPTS_FILE
from bot.nlu.data_files import changed_since, fingerprint, record, recorded
from bot.nlu.entities.finder import find_entities
from bot.nlu.entities.gazetteer import Gazetteer
from bot.nlu.extractor import NEIGHBOURHOODS, entity_data_files
from bot.nlu.features import features_of
from bot.nlu.model import IntentModel, train_intents
from bot.nlu.text import CHAT_SPANISH_FILE
from bot.nlu.unsure import UNSURE_BELOW

logger = logging.getLogger(__name__)

RANKED = 10
WORD_LISTS = (CHAT_SPANISH_FILE, CONCEPTS_FILE)
_A_DAY = datetime(2026, 11, 23, 12, tzinfo=BUENOS_AIRES)  # entities are found in training as on this day


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class GatherIntentClassifier(GraphComponent, IntentClassifier):
    """Logistic regression over words, pairs, sounds and entities; tells below which confidence it is unsure."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`strength` is scikit-learn's C; a `threshold` set here replaces the calibrated one."""
        return {"strength": 0.3, "seed": 7, "threshold": None, "neighbourhoods": NEIGHBOURHOODS}

    def __init__(
        self,
        config: dict[str, Any],
        storage: ModelStorage,
        resource: Resource,
        model: IntentModel | None,
        trained: Mapping[str, str] | None = None,
    ) -> None:
        """Keeps the model, None before training, and which lists of words it was trained with."""
        self._config, self._storage, self._resource = config, storage, resource
        self._model, self._lists = model, trained

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> GatherIntentClassifier:
        """A new, untrained classifier."""
        return cls(config, model_storage, resource, None)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> GatherIntentClassifier:
        """The classifier of a model; fails rather than serve untrained."""
        with model_storage.read_from(resource) as folder:
            model = IntentModel.load(folder)
        return cls(config, model_storage, resource, model, recorded(model_storage, resource))

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Changes with the word lists and the code beside this module."""
        return fingerprint([*WORD_LISTS, *entity_data_files({**cls.get_default_config(), **config})])

    def stale_data(self) -> list[str]:
        """The lists of words that changed since training."""
        return changed_since(WORD_LISTS, self._lists or {})

    def train(self, training_data: TrainingData) -> Resource:
        """Trains and calibrates on the examples with an intent."""
        labelled = [(example.get(TEXT), example.get(INTENT)) for example in training_data.intent_examples]
        examples = [(text, intent) for text, intent in labelled if text and intent]
        if len({intent for _, intent in examples}) < 2:
            raise InvalidConfigException("The intent classifier needs examples of at least two intents in data/nlu.")
        self._model = self._trained_on(examples)
        with self._storage.write_to(self._resource) as folder:
            self._model.save(folder)
        record(WORD_LISTS, self._storage, self._resource)
        logger.info("Unsure below %.2f, temperature %.2f.", self._model.threshold, self._model.temperature)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Sets intent and ranking of each message."""
        for message in messages:
            ranking = self._ranking(message)
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
            message.set(UNSURE_BELOW, self._threshold(), add_to_output=True)
        return messages

    def _trained_on(self, examples: list[tuple[str, str]]) -> IntentModel:
        gazetteer = Gazetteer.read(entity_data_files(self._config)[0])
        features = []
        for text, _ in examples:
            found = find_entities(text, _A_DAY, gazetteer)
            features.append(features_of(text, {one.entity for one in found}))
        return train_intents(
            features, [intent for _, intent in examples], self._config["strength"], self._config["seed"]
        )

    def _ranking(self, message: Message) -> list[dict[str, Any]]:
        model = self._trained()
        entities = {entity["entity"] for entity in message.get(ENTITIES, [])}
        ranked = model.rank(features_of(message.get(TEXT) or "", entities))[:RANKED]
        return [{"name": name, "confidence": probability} for name, probability in ranked]

    def _trained(self) -> IntentModel:
        if self._model is None:
            raise InvalidConfigException("The intent classifier is untrained: run `make train`.")
        return self._model

    def _threshold(self) -> float:
        configured = self._config["threshold"]
        return self._trained().threshold if configured is None else float(configured)
