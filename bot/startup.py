"""Makes Rasa's agent fit to serve, or says why it is not.

Rasa starts with an in-memory tracker store, without a model or with an untrained classifier, and only warns.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.core.policies.rule_policy import RulePolicy
from rasa.core.processor import MessageProcessor
from rasa.core.tracker_store import FailSafeTrackerStore
from rasa.utils.endpoints import EndpointConfig

from bot.action_server import ActionServer, check_answers_quickly
from bot.conversation_locks import ConversationLocks
from bot.errors import StoreUnavailable, WrongSetUp
from bot.graph_runner import OrderedGraphRunner
from bot.inside_actions import SCHEME, InsideActions
from bot.nlu.unsure import decided
from bot.processor import StrictProcessor
from bot.rules import LookedUpRules, can_look_up
from bot.tracker_store import RedisSessionStore

logger = logging.getLogger(__name__)

SMOKE_FILE = Path(__file__).parent / "data" / "smoke.yml"
CONFIG_FILE = Path("config.yml")
PATIENCE_SECONDS = 30.0
_RETRY_SECONDS = 0.5
_GARBAGE = (10_000, 20, 20)  # a turn makes some thousand objects, few of them in circles
_TENSORFLOW_PARTS = ("DIETClassifier", "ResponseSelector", "TEDPolicy", "UnexpecTEDIntentPolicy", "LanguageModel")


async def make_ready(agent: Agent | None) -> None:
    """Puts the strict parts in place and checks them; WrongSetUp or StoreUnavailable when it must not serve."""
    agent, processor = _loaded(agent)
    store = _own_store(agent)
    _require(isinstance(agent.lock_store, ConversationLocks), _NOT_CONFIGURED.format("lock_store"))
    await wait_for_store(store, patience())
    _serve_strictly(agent, processor, store)
    check_model(agent.processor, CONFIG_FILE)
    check_smoke(agent.processor, SMOKE_FILE)
    logger.info("Latido's bot serves model %s.", agent.processor.model_metadata.model_id)


_NOT_CONFIGURED = "endpoints.yml has not given the {0} of the project: start with --endpoints endpoints.yml."


def patience() -> float:
    """Seconds to wait for the tracker store, from LATIDO_STORE_PATIENCE_SECONDS."""
    return float(os.environ.get("LATIDO_STORE_PATIENCE_SECONDS", PATIENCE_SECONDS))


async def wait_for_store(store: RedisSessionStore, seconds: float) -> None:
    """Returns when the store answers; StoreUnavailable when it has not for so long."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return await store.ping()
        except StoreUnavailable:
            if time.monotonic() >= deadline:
                raise
            logger.warning("The tracker store does not answer yet.")
            await asyncio.sleep(_RETRY_SECONDS)


def check_model(processor: MessageProcessor, config_file: Path) -> None:
    """WrongSetUp unless the model was trained with this configuration and needs no TensorFlow."""
    parts = _parts_of_model(processor)
    heavy = sorted(parts & set(_TENSORFLOW_PARTS))
    _require(not heavy, f"The model holds TensorFlow components ({', '.join(heavy)}): train with Latido's config.yml.")
    config = yaml.safe_load(config_file.read_text(encoding="utf-8"))
    missing = sorted(_parts_of_config(config) - parts)
    _require(not missing, f"The model lacks {', '.join(missing)} of config.yml: run `make train`.")
    trained = processor.model_metadata.assistant_id
    _require(trained == config["assistant_id"], f"The model is of assistant '{trained}', not of this one: train again.")
    _check_data(processor)


def check_smoke(processor: MessageProcessor, smoke_file: Path) -> None:
    """WrongSetUp unless the sentences get their intents, as far as the domain has them."""
    wrong = []
    for expected in yaml.safe_load(smoke_file.read_text(encoding="utf-8"))["sentences"]:
        got = _intent_of(processor, expected["text"])
        if expected["intent"] in processor.domain.intents and got != expected["intent"]:
            wrong.append(f"'{expected['text']}' → {got}, not {expected['intent']}")
    _require(not wrong, "The model is not sound: " + "; ".join(wrong) + ". Train again.")


def settle_memory() -> None:
    """Takes what is loaded, and stays, out of the search for garbage: hundreds of megabytes of libraries."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GARBAGE)


def _loaded(agent: Agent | None) -> tuple[Agent, MessageProcessor]:
    if agent is None or agent.processor is None:
        raise WrongSetUp("No model is loaded: run `make train` and name it by --model.")
    return agent, agent.processor


def _own_store(agent: Agent) -> RedisSessionStore:
    store = agent.tracker_store
    if isinstance(store, FailSafeTrackerStore):
        store = store._tracker_store
    _require(isinstance(store, RedisSessionStore), _NOT_CONFIGURED.format("tracker_store"))
    own: RedisSessionStore = store
    return own


def _serve_strictly(agent: Agent, processor: MessageProcessor, store: RedisSessionStore) -> None:
    # Rasa wraps every store in one that answers an outage with an empty conversation.
    _require(agent.action_endpoint is not None, _NOT_CONFIGURED.format("action_endpoint"))
    processor.tracker_store = agent.tracker_store = store
    processor.action_endpoint = agent.action_endpoint = _actions(agent.action_endpoint)
    check_answers_quickly()
    quicken(processor)
    agent.processor = StrictProcessor.adopt(processor)


def _actions(endpoint: EndpointConfig) -> ActionServer:
    """The action server, or the actions in this process where the address says so."""
    return InsideActions.adopt(endpoint) if endpoint.url.startswith(SCHEME) else ActionServer.adopt(endpoint)


def quicken(processor: MessageProcessor) -> None:
    """Lets the loaded model run without what Rasa does anew at each message."""
    processor.graph_runner = OrderedGraphRunner(processor.graph_runner)
    processor.graph_runner.replace(RulePolicy, LookedUpRules.adopt, can_look_up)


def _parts_of_model(processor: MessageProcessor) -> set[str]:
    return {node.uses.__name__ for node in processor.model_metadata.predict_schema.nodes.values()}


def _parts_of_config(config: Mapping[str, Any]) -> set[str]:
    named: list[dict[str, Any]] = [*config["pipeline"], *config["policies"]]
    return {part["name"].rpartition(".")[2] for part in named}


def _check_data(processor: MessageProcessor) -> None:
    nodes = getattr(processor.graph_runner, "_instantiated_nodes", {})
    for node in nodes.values():
        stale = getattr(node._component, "stale_data", None)
        changed = stale() if stale else []
        _require(not changed, f"{', '.join(changed)} changed since the model was trained: run `make train`.")


def _intent_of(processor: MessageProcessor, text: str) -> str | None:
    parsed = processor._parse_message_with_graph(UserMessage(text, sender_id="smoke"), tracker=None)
    name: str | None = decided(parsed)["intent"].get("name")
    return name


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise WrongSetUp(message)
