"""What the tests of the dialogue stand on: a care server, the action server, and the rules as a trained model."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from chat import Chat
from fake_care import TOKEN, FakeCare
from rasa.core.agent import Agent, load_agent
from rasa.core.lock_store import InMemoryLockStore
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.model_training import train
from rasa.utils.endpoints import EndpointConfig

from bot.action_server import ActionServer, check_answers_quickly
from bot.processor import StrictProcessor
from bot.startup import quicken
from bot.trackers import SessionTracker

ROOT = Path(__file__).resolve().parents[3]
RULES_ONLY = """
recipe: default.v1
assistant_id: latido-rules-only
language: es
policies:
  - name: RulePolicy
    core_fallback_threshold: 0.3
    core_fallback_action_name: action_default_fallback
    enable_fallback_prediction: true
    restrict_rules: true
"""


class SessionsInMemory(InMemoryTrackerStore):
    """Sessions in this process, with the trackers of the real store."""

    def init_tracker(self, sender_id: str) -> SessionTracker:
        """An empty tracker."""
        return SessionTracker(sender_id, self.domain.slots)


@pytest.fixture
def care() -> Iterator[FakeCare]:
    """A fresh care server, for tests that need no dialogue."""
    server = FakeCare()
    yield server
    server.close()


@pytest.fixture(scope="session")
def event_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """One loop for the agent's connections."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield loop
    loop.close()


@pytest.fixture(scope="session")
def shared_care() -> Iterator[FakeCare]:
    """The care server that the action server calls; emptied before each test."""
    server = FakeCare()
    yield server
    server.close()


@pytest.fixture(scope="session")
def actions_url(shared_care: FakeCare) -> Iterator[str]:
    """The real action server, as a process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "LATIDO_CARE_URL": shared_care.url, "LATIDO_SERVICE_TOKEN": TOKEN, "PYTHONPATH": "."}
    process = subprocess.Popen([sys.executable, "-m", "actions", "--port", str(port)], cwd=ROOT, env=environment)
    try:
        _wait_for(port, process)
        yield f"http://127.0.0.1:{port}/webhook"
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture(scope="session")
def agent(
    tmp_path_factory: pytest.TempPathFactory, actions_url: str, event_loop: asyncio.AbstractEventLoop
) -> Iterator[Agent]:
    """Rasa with the project's domain and rules, and no classifier."""
    folder = tmp_path_factory.mktemp("model")
    (folder / "config.yml").write_text(RULES_ONLY, encoding="utf-8")
    trained = train(
        domain=str(ROOT / "domain.yml"),
        config=str(folder / "config.yml"),
        training_files=[str(ROOT / "data" / "rules")],
        output=str(folder),
    )
    # As when Latido runs: the domain is not sent along (endpoints.yml), and an answer's schema is checked once.
    endpoint = EndpointConfig(actions_url, enable_selective_domain=True)
    check_answers_quickly()
    loaded = event_loop.run_until_complete(load_agent(model_path=trained.model))
    loaded.lock_store = InMemoryLockStore()
    loaded.tracker_store = SessionsInMemory(loaded.domain)
    loaded.processor.tracker_store = loaded.tracker_store
    loaded.action_endpoint = loaded.processor.action_endpoint = ActionServer.adopt(endpoint)
    quicken(loaded.processor)
    loaded.processor = StrictProcessor.adopt(loaded.processor)
    yield loaded
    event_loop.run_until_complete(loaded.action_endpoint.close())


@pytest.fixture
def stranger(agent: Agent, shared_care: FakeCare, request: pytest.FixtureRequest) -> Chat:
    """The phone of somebody who never wrote before."""
    shared_care.reset()
    return Chat(agent, _resident(request))


@pytest.fixture
def ana(stranger: Chat, shared_care: FakeCare) -> Chat:
    """The phone of a resident who agreed before."""
    shared_care.consented(stranger.resident)
    return stranger


def _resident(request: pytest.FixtureRequest) -> str:
    return "".join(character for character in request.node.name if character.isalnum())[:64]


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("The action server did not start: run `python -m actions` by hand to see why.")
