"""The bot refuses to serve what is not configured; `rasa run` itself, on the real configuration files."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from bot_parts import NOW, ROOT, free_port, load_agent
from rasa.core.agent import Agent
from rasa.core.tracker_store import FailSafeTrackerStore

from bot.conversation_locks import ConversationLocks
from bot.errors import StoreUnavailable, WrongSetUp
from bot.processor import StrictProcessor
from bot.startup import check_model, check_smoke, make_ready
from bot.tracker_store import RedisSessionStore

RASA = [str(Path(sys.executable).parent / "rasa"), "run", "-i", "127.0.0.1"]


async def test_the_store_is_ours_and_unwrapped(agent):
    assert isinstance(agent.tracker_store, RedisSessionStore)
    assert agent.processor.tracker_store is agent.tracker_store
    assert isinstance(agent.processor, StrictProcessor)


async def test_no_model_is_refused():
    with pytest.raises(WrongSetUp, match="make train"):
        await make_ready(Agent())


async def test_another_tracker_store_is_refused(model_path):
    other = Agent.load(str(model_path), lock_store=ConversationLocks())
    assert isinstance(other.tracker_store, FailSafeTrackerStore)
    with pytest.raises(WrongSetUp, match="tracker_store"):
        await make_ready(other)


async def test_another_lock_store_is_refused(model_path, redis_url):
    other = Agent.load(str(model_path), tracker_store=RedisSessionStore(None, host=redis_url))
    with pytest.raises(WrongSetUp, match="lock_store"):
        await make_ready(other)


async def test_a_store_that_stays_away_is_given_up(model_path, monkeypatch):
    monkeypatch.setenv("LATIDO_STORE_PATIENCE_SECONDS", "0.3")
    with pytest.raises(StoreUnavailable):
        await make_ready(load_agent(model_path, "redis://127.0.0.1:9/0", "http://127.0.0.1:9/webhook"))


async def test_a_model_of_another_configuration_is_refused(agent, tmp_path):
    config = (ROOT / "config.yml").read_text(encoding="utf-8")
    changed = tmp_path / "config.yml"
    changed.write_text(config.replace("assistant_id: latido", "assistant_id: other"), encoding="utf-8")
    with pytest.raises(WrongSetUp, match="assistant"):
        check_model(agent.processor, changed)
    changed.write_text(config.replace("pipeline:", "pipeline:\n  - name: KeywordIntentClassifier"), encoding="utf-8")
    with pytest.raises(WrongSetUp, match="KeywordIntentClassifier"):
        check_model(agent.processor, changed)


async def test_word_lists_that_changed_since_training_are_refused(agent, tmp_path, monkeypatch):
    import bot.nlu.danger as danger

    changed = tmp_path / danger.DANGER_SIGNS_FILE.name
    changed.write_text(danger.DANGER_SIGNS_FILE.read_text(encoding="utf-8") + "# more\n", encoding="utf-8")
    monkeypatch.setattr(danger, "DANGER_SIGNS_FILE", changed)
    with pytest.raises(WrongSetUp, match=r"danger_signs\.yml"):
        check_model(agent.processor, ROOT / "config.yml")


async def test_a_model_that_does_not_understand_is_refused(agent, tmp_path):
    smoke = tmp_path / "smoke.yml"
    smoke.write_text("sentences: [{text: hola, intent: goodbye}]", encoding="utf-8")
    with pytest.raises(WrongSetUp, match="hola"):
        check_smoke(agent.processor, smoke)


def environment(redis_url: str, action_url: str) -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "LATIDO_REDIS_URL": redis_url,
        "LATIDO_ACTIONS_URL": action_url,
        "LATIDO_SERVICE_TOKEN": "s3cret",
        "LATIDO_STORE_PATIENCE_SECONDS": "1",
        "RASA_TELEMETRY_ENABLED": "false",
    }


def call(port: int, body: object, token: str = "s3cret") -> tuple[int, dict]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/webhooks/latido/turn",
        data=body if isinstance(body, bytes) else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def wait_until_ready(port: int, process: subprocess.Popen) -> None:
    for _ in range(600):
        assert process.poll() is None, "rasa run ended"
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/webhooks/latido/ready", timeout=1)
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("rasa run did not become ready")


def test_rasa_run_serves_turns_to_who_bears_the_token(model_path, redis_url, action_url, tmp_path):
    port = free_port()
    command = [
        *RASA,
        "-p",
        str(port),
        "--model",
        str(model_path),
        "--endpoints",
        "endpoints.yml",
        "--credentials",
        "credentials.yml",
    ]
    with (tmp_path / "rasa.log").open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment(redis_url, action_url), stdout=log, stderr=log)
    try:
        wait_until_ready(port, process)
        turn = {
            "message_sid": "SM1",
            "resident": "http",
            "kind": "text",
            "text": "hola, mi dni es 30111222",
            "context": {"now": NOW},
        }
        assert call(port, turn)[0] == 200
        assert call(port, turn, token="wrong")[0] == 401
        assert call(port, {"kind": "text"})[0] == 400
        assert call(port, b"{")[0] == 400
        assert call(port, {**turn, "message_sid": "SM2", "text": "quiero cancelar el turno"})[0] == 503
    finally:
        process.terminate()
        process.wait(timeout=30)
    assert "30111222" not in (tmp_path / "rasa.log").read_text()


@pytest.mark.parametrize(
    ("unset", "message"),
    [("LATIDO_REDIS_URL", "LATIDO_REDIS_URL"), ("LATIDO_SERVICE_TOKEN", "LATIDO_SERVICE_TOKEN")],
)
def test_rasa_run_does_not_start_without_its_settings(model_path, unset, message):
    variables = environment("redis://127.0.0.1:9/0", "http://127.0.0.1:9/webhook")
    del variables[unset]
    command = [
        *RASA,
        "-p",
        str(free_port()),
        "--model",
        str(model_path),
        "--endpoints",
        "endpoints.yml",
        "--credentials",
        "credentials.yml",
    ]
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=120)
    assert done.returncode != 0
    assert message in done.stdout + done.stderr


def test_rasa_run_ends_when_the_start_up_check_fails(model_path, tmp_path):
    model = tmp_path / "small.tar.gz"
    shutil.copy(model_path, model)
    variables = environment("redis://127.0.0.1:9/0", "http://127.0.0.1:9/webhook")
    command = [
        *RASA,
        "-p",
        str(free_port()),
        "--model",
        str(model),
        "--endpoints",
        "endpoints.yml",
        "--credentials",
        "credentials.yml",
    ]
    done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=120)
    assert done.returncode != 0
    assert "does not serve" in done.stdout + done.stderr
