"""What keeps Latido from starting is said in one sentence, with what to do."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from latido.settings import Settings
from latido.supervisor.parts import MODEL, own_parts, what_is_missing
from tests.serving import free_port

TWILIO = {
    "twilio_account_sid": "AC" + "0" * 32,
    "twilio_auth_token": "emulator-x",
    "twilio_whatsapp_from": "whatsapp:+5491150500147",
}


def settings(**given: object) -> Settings:
    ports = {name: free_port() for name in ("port", "bot_port", "actions_port", "emulator_port")}
    return Settings(_env_file=None, **(ports | TWILIO | given))  # type: ignore[arg-type]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for file in (tmp_path / ".venv-bot" / "bin" / "python", tmp_path / MODEL):
        file.parent.mkdir(parents=True)
        file.touch()
    return tmp_path


def test_nothing_is_missing(project: Path) -> None:
    assert what_is_missing(settings(), project, demo=True) is None
    assert what_is_missing(settings(), project, demo=False) is None


def test_the_bots_environment_or_model_is_missing(project: Path) -> None:
    (project / MODEL).unlink()
    assert "make train" in (what_is_missing(settings(), project, demo=True) or "")
    (project / ".venv-bot" / "bin" / "python").unlink()
    assert "make setup" in (what_is_missing(settings(), project, demo=True) or "")


@pytest.mark.parametrize("name", TWILIO)
def test_without_twilio_only_a_demo_can_start(project: Path, name: str) -> None:
    assert "--demo" in (what_is_missing(settings(**{name: None}), project, demo=False) or "")
    assert what_is_missing(settings(**{name: None}), project, demo=True) is None


def test_a_port_that_is_taken_is_named_with_its_setting(project: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        missing = what_is_missing(settings(bot_port=taken), project, demo=True) or ""
    assert str(taken) in missing
    assert "LATIDO_BOT_PORT" in missing


@pytest.mark.parametrize(("apart", "address"), [(False, "inside:actions"), (True, "http://127.0.0.1:{}/webhook")])
def test_actions_have_a_process_only_where_they_are_apart(project: Path, apart: bool, address: str) -> None:
    given = settings(actions_apart=apart)
    assert given.actions_webhook_url == address.format(given.actions_port)
    assert ("actions" in [part.name for part in own_parts(given, project, demo=True)]) is apart
