"""The whole way out: real sender, real twilio library, the emulator in its place, receipts by the real bridge."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select, update
from starlette.applications import Starlette

from latido.bridge.routes import Bridge, routes
from latido.bridge.signature import SignatureCheck
from latido.crypto import Vault
from latido.emulator import EmulatorConfig, create_app
from latido.emulator.client import EmulatorClient, Phone
from latido.messaging.lanes import claim
from latido.messaging.messages import Reply
from latido.messaging.outbox import queue_replies
from latido.messaging.pacing import Limit, Pacer
from latido.messaging.provider import TwilioProvider
from latido.messaging.sender import Sender
from latido.messaging.tables import alert, message, resident
from tests.contract.twilio_openapi import TwilioJudge, shared_dir
from tests.serving import free_port, served

ACCOUNT = "AC" + "de" * 16
TOKEN = "emulator-for-tests"
LATIDO = "whatsapp:+5491150500147"
ANA = "+5491151234567"


@dataclass
class Post:
    """The whole way out: queue here, see it on Ana's phone, and read back what the log knows."""

    engine: Engine
    vault: Vault
    sender: Sender
    emulator: EmulatorClient
    ana: Phone
    key: str

    def queues(self, *replies: Reply | str, reminder_id: int | None = None) -> None:
        values = [Reply("text", reply) if isinstance(reply, str) else reply for reply in replies]
        with self.engine.begin() as connection:
            queue_replies(connection, self.vault, self.key, None, values, reminder_id)

    def works(self) -> None:
        for lease in claim(self.engine, "send", 10, 30.0):
            self.sender.work(lease)

    def works_until(self, done: Callable[[], bool], patience: float = 40.0) -> None:
        deadline = time.monotonic() + patience
        while not done():
            assert time.monotonic() < deadline, [(row.state, row.status, row.last_error) for row in self.rows()]
            self.works()
            time.sleep(0.05)

    def closes_window(self) -> None:
        """She wrote for the last time 25 hours ago, to us and to WhatsApp."""
        with self.engine.begin() as connection:
            long_ago = func.now() - timedelta(hours=25)
            connection.execute(update(resident).values(last_inbound_at=long_ago))
        self.emulator.faults(window="closed")

    def rows(self) -> list:
        with self.engine.connect() as connection:
            return list(connection.execute(select(message).where(message.c.direction == "out").order_by(message.c.id)))

    def states(self) -> list[str]:
        return [row.state for row in self.rows()]

    def sent_posts(self) -> int:
        return sum(1 for one in self.emulator.requests() if one["method"] == "POST" and "/Messages" in one["path"])

    def shown(self) -> list[str]:
        return [seen.body for seen in self.ana.transcript() if seen.direction != "inbound"]

    def alerts(self) -> list[str]:
        with self.engine.connect() as connection:
            return list(connection.execute(select(alert.c.kind)).scalars())


@pytest.fixture
def post(engine: Engine, vault: Vault, redis_url: str) -> Iterator[Post]:
    bridge_port, emulator_port = free_port(), free_port()
    base = f"http://127.0.0.1:{bridge_port}"
    bridge = Bridge(SignatureCheck([TOKEN], base), ACCOUNT, engine, vault, lambda name: None)
    config = EmulatorConfig(
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        sender=LATIDO,
        inbound_url=f"{base}/webhooks/twilio/inbound",
        port=emulator_port,
    )
    with served(Starlette(routes=routes(bridge)), bridge_port), served(create_app(config), emulator_port) as url:
        provider = TwilioProvider(ACCOUNT, TOKEN, LATIDO, base_url=url, timeout=1.0)
        pacer = Pacer(redis_url, Limit(1000, 1000), Limit(1000, 1000))
        sender = Sender(engine, vault, provider, pacer, f"{base}/webhooks/twilio/status", 30.0, timedelta(seconds=3))
        emulator = EmulatorClient(url)
        ana = emulator.phone(ANA)
        ana.says("hola")
        yield Post(engine, vault, sender, emulator, ana, vault.resident_key(ANA))
        if shared_dir().is_dir():
            assert TwilioJudge.or_skip().problems(emulator.requests()) == []
