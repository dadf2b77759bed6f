"""A loopback bot that speaks our turn wire and can be told to fail."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

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
from latido.messaging.outbox import opened_reply
from latido.messaging.tables import alert, message
from latido.messaging.turns import Turns
from tests.integration.messaging.post import post
from tests.serving import served

__all__ = ["post"]

TEXTS = {"set_aside": "apartado: 107", "delayed": "con demoras: 107"}
ANA = "whatsapp:+5491151234567"
EVA = "whatsapp:+5491151234568"


class LoopbackBot:
    """Answers `eco: <text>`; `then` replaces the next answers, one each."""

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[dict[str, Any]] = []
        self.then: list[Callable[[dict[str, Any]], Response]] = []
        self.pause = 0.0
        self._lock = threading.Lock()

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/webhooks/latido/turn", self._turn, methods=["POST"])])

    async def _body(self, request: Request) -> dict[str, Any]:
        assert request.headers["Authorization"] == "Bearer service-token"
        return await request.json()

    async def _turn(self, request: Request) -> Response:
        import asyncio

        body = await self._body(request)
        with self._lock:
            self.requests.append(body)
            special = self.then.pop(0) if self.then else None
        await asyncio.sleep(self.pause)
        return special(body) if special else echo(body)


def echo(body: dict[str, Any], **extra: Any) -> Response:
    return JSONResponse({"replies": [{"type": "text", "text": f"eco: {body['text']}"}]} | extra)


def status(code: int) -> Callable[[dict[str, Any]], Response]:
    return lambda body: JSONResponse({"error": "no"}, code)


class Inbox:
    """Puts messages into the log and works on what is due, as a worker does."""

    def __init__(self, engine: Engine, vault: Vault, turns: Turns) -> None:
        self.engine, self.vault, self.turns = engine, vault, turns
        self._count = 0

    def receives(self, text: str, who: str = ANA, **more: Any) -> str:
        self._count += 1
        kind = more.pop("kind", "text")
        sid = f"SM{self._count}"
        store_inbound(self.engine, self.vault, InboundMessage(sid, who, kind, text, **more))
        return sid

    def works(self) -> int:
        leases = claim(self.engine, "turn", 50, 30.0)
        for lease in leases:
            self.turns.work(lease)
        return len(leases)

    def works_until_done(self, patience: float = 20.0) -> None:
        deadline = time.monotonic() + patience
        while self.open_messages():
            assert time.monotonic() < deadline, "messages stayed open"
            if not self.works():
                time.sleep(0.05)

    def open_messages(self) -> int:
        with self.engine.connect() as connection:
            return len(connection.execute(select(message.c.id).where(message.c.state == "received")).all())

    def rows(self, direction: str) -> list[Any]:
        with self.engine.connect() as connection:
            return list(
                connection.execute(select(message).where(message.c.direction == direction).order_by(message.c.id))
            )

    def replies(self) -> list[str]:
        return [opened_reply(self.vault, row.content_sealed).text for row in self.rows("out")]

    def alerts(self) -> list[str]:
        with self.engine.connect() as connection:
            return list(connection.execute(select(alert.c.kind).order_by(alert.c.id)).scalars())


@pytest.fixture
def bot() -> Iterator[LoopbackBot]:
    loopback = LoopbackBot()
    with served(loopback.app()) as url:
        loopback.url = url
        yield loopback


@pytest.fixture
def inbox(engine: Engine, vault: Vault, bot: LoopbackBot) -> Inbox:
    conversation = RasaConversation(bot.url, "service-token", 2.0, requests.Session())
    turns = Turns(engine, vault, conversation, lambda name: None, TEXTS, attempts=3, lease_seconds=30.0)
    return Inbox(engine, vault, turns)
