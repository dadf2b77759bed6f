"""Who is told to stop says so, answers whoever has not heard yet, and ends what is under way; nobody is cut off."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from sqlalchemy import Engine, select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from latido.crypto import Vault
from latido.messaging.conversation import RasaConversation
from latido.messaging.inbox import store_inbound
from latido.messaging.lanes import claim
from latido.messaging.messages import InboundMessage
from latido.messaging.tables import message
from latido.messaging.turns import Turns
from tests.serving import free_port, served

PATIENCE = 90.0
SENDER = "+5491150500147"
ANA = "whatsapp:+5491145550177"


class Part:
    """`latido web` or `latido worker` as a process of its own."""

    def __init__(self, name: str, database: str, redis: str, data_dir: Path, **settings: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("LATIDO_", "TWILIO_"))}
        account = {"TWILIO_ACCOUNT_SID": "AC" + "1" * 32, "TWILIO_AUTH_TOKEN": "t", "TWILIO_WHATSAPP_FROM": SENDER}
        port = {"LATIDO_PORT" if name == "web" else "LATIDO_WORKER_PORT": str(self.port)}
        given = {"LATIDO_DATABASE_URL": database, "LATIDO_REDIS_URL": redis, "LATIDO_DATA_DIR": str(data_dir)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "latido.cli", name], env={**kept, **account, **port, **given, **settings}
        )

    def waits_until(self, path: str, status: int) -> None:
        deadline = time.monotonic() + PATIENCE
        while self.status(path) != status:
            assert self.process.poll() is None or status == 0, "it has ended"
            assert time.monotonic() < deadline, f"{path} never was {status}"
            time.sleep(0.05)

    def status(self, path: str) -> int:
        try:
            return requests.get(self.url + path, timeout=PATIENCE).status_code
        except requests.ConnectionError:
            return 0


@pytest.fixture
def web(schema_engine: Engine, redis_url: str, tmp_path: Path) -> Iterator[Part]:
    url = schema_engine.url.render_as_string(hide_password=False)
    part = Part("web", url, redis_url, tmp_path, LATIDO_DRAIN_SECONDS="600")
    try:
        yield part
    finally:
        part.process.kill()
        part.process.wait()


def test_web_says_that_it_leaves_answers_on_and_then_ends(web: Part) -> None:
    web.waits_until("/readyz", 200)
    with requests.Session() as caller:
        assert "connection" not in caller.get(f"{web.url}/livez", timeout=PATIENCE).headers
        web.process.send_signal(signal.SIGTERM)
        web.waits_until("/readyz", 503)
        late = caller.get(f"{web.url}/livez", timeout=PATIENCE)
        assert (late.status_code, late.headers["connection"]) == (200, "close")
    web.process.send_signal(signal.SIGTERM)  # it need not wait any longer
    assert web.process.wait(PATIENCE) == 0


def test_a_worker_that_leaves_ends_the_turn_it_has_and_begins_no_other(engine: Engine, vault: Vault) -> None:
    leaving = threading.Event()

    async def turn(request: Request) -> Response:
        leaving.set()
        return JSONResponse({"replies": [{"type": "text", "text": "eco"}]})

    for number in (1, 2):
        store_inbound(engine, vault, InboundMessage(f"SM{number}", ANA, "text", "hola"))
    with served(Starlette(routes=[Route("/webhooks/latido/turn", turn, methods=["POST"])])) as bot:
        conversation = RasaConversation(bot, "service-token", 20.0, requests.Session())
        turns = Turns(engine, vault, conversation, lambda name: None, {}, 3, 30.0, leaving=leaving)
        (lease,) = claim(engine, "turn", 10, 30.0)
        assert turns.work(lease) is None
    with engine.connect() as connection:
        states = connection.execute(select(message.c.state).where(message.c.direction == "in").order_by(message.c.id))
        assert list(states.scalars()) == ["answered", "received"]
    assert len(claim(engine, "turn", 10, 30.0)) == 1, "another worker may go on at once"
