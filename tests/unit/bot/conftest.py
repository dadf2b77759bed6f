"""Fixtures of the bot's tests: a Valkey, a small model trained once, an action server on the loopback."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import redis

sys.path.insert(0, str(Path(__file__).parent))

from bot_parts import (
    ACTION_SERVER,
    ROOT,
    Valkey,
    free_port,
    intent_examples,
    load_agent,
    unpack_component,
    valkey_binary,
    write_project,
)

from bot.nlu.urgency.judge import UrgencyJudge


@pytest.fixture(scope="session", autouse=True)
def _project_root() -> Iterator[None]:
    """Rasa and the components read files from the project's root."""
    before = Path.cwd()
    os.chdir(ROOT)
    yield
    os.chdir(before)


@pytest.fixture(scope="session")
def own_valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    """A Valkey that a test may stop; skipped where no server binary is found."""
    binary = valkey_binary()
    if binary is None:
        pytest.skip("no valkey-server: install the service's environment (.venv) or redis")
    server = Valkey(binary, tmp_path_factory.mktemp("valkey"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def redis_url(request: pytest.FixtureRequest) -> str:
    """An empty server: LATIDO_TEST_REDIS_URL, else our own."""
    url = os.environ.get("LATIDO_TEST_REDIS_URL") or request.getfixturevalue("own_valkey").url
    client = redis.Redis.from_url(url)
    for key in client.scan_iter("latido:tracker:*"):
        client.delete(key)
    return url


@pytest.fixture(scope="session")
def model_path(tmp_path_factory: pytest.TempPathFactory, judge: UrgencyJudge) -> Path:
    """A model trained once, with the pipeline and policies of config.yml; of danger it knows what `judge` learnt."""
    from rasa.model_training import train

    folder = tmp_path_factory.mktemp("project")
    write_project(folder)
    with pytest.MonkeyPatch.context() as patch:
        # Learning of danger takes half a minute: `make train` did that already, from the same lists.
        patch.setattr(UrgencyJudge, "train", lambda of_intents, seed: judge)
        result = train(
            domain=str(folder / "domain.yml"),
            config=str(ROOT / "config.yml"),
            training_files=[str(folder / "data")],
            output=str(folder / "models"),
            force_training=True,
            fixed_model_name="small",
        )
    assert result.model is not None
    return Path(result.model)


@pytest.fixture(scope="session")
def judge(tmp_path_factory: pytest.TempPathFactory) -> UrgencyJudge:
    """The judge of danger: the trained model's if it is of today, else one trained as `rasa train` does."""
    folder = tmp_path_factory.mktemp("judge")
    if unpack_component("bot.nlu.danger.DangerDetector", folder):
        return UrgencyJudge.load(folder)
    return UrgencyJudge.train(intent_examples(ROOT / "data" / "nlu"), seed=7)


@pytest.fixture(scope="session")
def action_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real action server, without rasa-sdk, that can fail on demand."""
    script = tmp_path_factory.mktemp("actions") / "server.py"
    script.write_text(ACTION_SERVER, encoding="utf-8")
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, str(script), str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    for _ in range(200):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1)
            break
        except OSError:
            time.sleep(0.05)
    yield f"http://127.0.0.1:{port}/webhook"
    process.kill()
    process.wait()


@pytest.fixture
async def agent(model_path: Path, redis_url: str, action_url: str) -> AsyncIterator[object]:
    """An agent that serves."""
    from bot.startup import make_ready

    loaded = load_agent(model_path, redis_url, action_url)
    await make_ready(loaded)
    yield loaded
    await loaded.action_endpoint.close()
