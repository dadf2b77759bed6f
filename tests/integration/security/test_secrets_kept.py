"""Secrets and what residents write stay where they belong: out of Rasa's environment, out of logs, out of listings."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner
from sqlalchemy import Engine
from starlette.applications import Starlette

from latido.bridge.routes import Bridge, routes
from latido.bridge.signature import SignatureCheck
from latido.cli import cli
from latido.crypto import Vault
from latido.settings import Settings
from latido.supervisor.parts import NOT_FOR_THE_BOT, Part, bot_parts, service_parts
from latido.supervisor.processes import Process
from latido.web import Area, create_app
from tests.integration.bridge.test_webhooks import ACCOUNT, PUBLIC, TOKEN, Twilio
from tests.serving import served

GIVEN = {
    "LATIDO_SECRET_KEY": "known-secret-of-this-test",
    "LATIDO_OLD_SECRET_KEYS": "known-older-secret-of-this-test",
    "LATIDO_SERVICE_TOKEN": "known-service-token-of-this-test",
    "LATIDO_DATABASE_URL": "postgresql://u:known-password-of-this-test@127.0.0.1:9/x",
    "LATIDO_REDIS_URL": "redis://:known-redis-password@127.0.0.1:9",
    "LATIDO_FHIR_TOKEN": "known-fhir-token-of-this-test",
    "TWILIO_AUTH_TOKEN": "known-twilio-token-of-this-test",
}
SAYS = (
    "import os\n"
    "from latido.supervisor.parts import NOT_FOR_THE_BOT as kept\n"
    "print(sorted(kept & set(os.environ)), 'LATIDO_SERVICE_TOKEN' in os.environ)\n"
)


def _told(part: Part, capfd: pytest.CaptureFixture[str]) -> str:
    process = Process(Part("says", (sys.executable, "-c", SAYS), withheld=part.withheld), GIVEN, Path.cwd())
    process.start()
    process.wait_stopped()
    return capfd.readouterr().out


def test_rasas_environment_is_not_given_what_it_does_not_need(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    settings = Settings(_env_file=None, data_dir=tmp_path)
    for part in bot_parts(settings, tmp_path):
        assert "[] True" in _told(part, capfd)
    for part in service_parts(settings, demo=False):
        assert "LATIDO_SECRET_KEY" in _told(part, capfd)
    assert {"LATIDO_SECRET_KEY", "LATIDO_DATABASE_URL", "TWILIO_AUTH_TOKEN"} <= NOT_FOR_THE_BOT


def test_no_secret_is_listed(monkeypatch: pytest.MonkeyPatch):
    for name, value in GIVEN.items():
        monkeypatch.setenv(name, value)
    listed = CliRunner().invoke(cli, ["settings"]).output
    assert "LATIDO_SECRET_KEY = (set)" in listed
    assert [name for name, value in GIVEN.items() if value in listed] == []
    assert "known-" not in repr(Vault(GIVEN["LATIDO_SECRET_KEY"]))


def test_no_secret_and_no_word_of_hers_is_logged(
    engine: Engine, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
):
    """Good, forged and broken calls to a web process with known secrets, with every log line that there is."""
    caplog.set_level(logging.DEBUG)
    token, vault = GIVEN["LATIDO_SERVICE_TOKEN"], Vault(GIVEN["LATIDO_SECRET_KEY"])
    bridge = Bridge(SignatureCheck([TOKEN], PUBLIC), ACCOUNT, engine, vault, lambda name: None)
    app = create_app([Area("bridge", "/webhooks", routes(bridge)), Area("care", "/care/v1", [], True)], engine, token)
    with served(app) as url:
        twilio = Twilio(url)
        assert twilio.delivers("SM1", Body="tengo un atraso, mi dni es 28.345.671") == 204
        assert twilio.posts("/webhooks/twilio/inbound", {"Body": "tengo un atraso"}, "forged") == 403
        assert (
            requests.get(f"{url}/care/v1/x", headers={"Authorization": "Bearer wrong"}, timeout=60).status_code == 401
        )
        assert requests.get(f"{url}/healthz", headers={"Authorization": f"Bearer {token}"}, timeout=60).ok
    broken = Bridge(bridge.signature, ACCOUNT, engine, vault, lambda name: 1 / 0)
    with served(Starlette(routes=routes(broken))) as url:
        assert Twilio(url).delivers("SM2", Body="tengo un atraso") == 500
    written = caplog.text + "".join(capfd.readouterr())
    hers = ("atraso", "28.345.671", "5491151234567", "Ana")
    assert [word for word in (*GIVEN.values(), *hers) if word in written] == []
