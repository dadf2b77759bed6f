"""The Rasa component which finds the entities."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.clock import metadata_of, now_of
from bot.nlu.data_files import changed_since, fingerprint, record, recorded
from bot.nlu.entities.addresses import ADDRESS_WORDS_FILE
from bot.nlu.entities.finder import find_entities
from bot.nlu.entities.found import Found
from bot.nlu.entities.gazetteer import Gazetteer
from bot.nlu.entities.names import GIVEN_NAMES_FILE
from bot.nlu.entities.people import PEOPLE_FILE
from bot.nlu.entities.spelling import SPELLINGS_FILE
from bot.nlu.text import CHAT_SPANISH_FILE

NEIGHBOURHOODS = "data/places/neighbourhoods.yml"


def entity_data_files(config: Mapping[str, Any]) -> list[Path]:
    """The data files behind the entities."""
    words = [ADDRESS_WORDS_FILE, SPELLINGS_FILE, CHAT_SPANISH_FILE, GIVEN_NAMES_FILE, PEOPLE_FILE]
    return [Path(config["neighbourhoods"]), *words]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class RuleEntityExtractor(GraphComponent, EntityExtractorMixin):
    """Finds DNI, places, weeks, dates … by rules and lists; training only notes which lists."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Where the neighbourhoods are, from the project's root."""
        return {"neighbourhoods": NEIGHBOURHOODS}

    def __init__(
        self, config: dict[str, Any], storage: ModelStorage, resource: Resource, trained: Mapping[str, str] | None
    ) -> None:
        """Reads the lists."""
        self._files = entity_data_files(config)
        self._storage, self._resource, self._trained = storage, resource, trained
        self._gazetteer = Gazetteer.read(self._files[0])

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> RuleEntityExtractor:
        """A new extractor."""
        return cls(config, model_storage, resource, None)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> RuleEntityExtractor:
        """The extractor of a model."""
        return cls(config, model_storage, resource, recorded(model_storage, resource))

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Changes with the lists, so that Rasa's cache does not keep an old one."""
        return fingerprint(entity_data_files({**cls.get_default_config(), **config}))

    def train(self, training_data: TrainingData) -> Resource:
        """Notes the lists in the model."""
        record(self._files, self._storage, self._resource)
        return self._resource

    def stale_data(self) -> list[str]:
        """The lists that changed since training."""
        return changed_since(self._files, self._trained or {})

    def process(self, messages: list[Message]) -> list[Message]:
        """Adds the entities to each message."""
        for message in messages:
            found = self._find(message)
            message.set(ENTITIES, message.get(ENTITIES, []) + found, add_to_output=True)
        return messages

    def _find(self, message: Message) -> list[dict[str, Any]]:
        text = message.get(TEXT) or ""
        expecting = metadata_of(message).get("expecting")
        return [self._as_dict(one) for one in find_entities(text, now_of(message), self._gazetteer, expecting)]

    def _as_dict(self, one: Found) -> dict[str, Any]:
        entity = {"entity": one.entity, "value": one.value, "start": one.start, "end": one.end}
        return {**entity, "extractor": type(self).__name__}
