"""A door before a service: it lets requests through, or breaks them in each way in which a network breaks them."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import aiohttp
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from yarl import URL

# What is done with a request. The last three have the service do it, and lose its answer.
TROUBLES = ("slow", "error", "reset", "hang", "error_after", "reset_after", "hang_after")
HOP_BY_HOP = (b"host", b"content-length", b"connection", b"transfer-encoding")


@dataclass
class Door:
    """An ASGI application before another; `share` of the requests meet one of `troubles`. `hold`: seconds of a hang."""

    inner: ASGIApp
    hold: float
    chance: random.Random
    troubles: Sequence[str] = ()
    share: float = 0.0
    met: Counter[str] = field(default_factory=Counter)

    def breaks(self, troubles: Sequence[str], share: float) -> None:
        """From now on."""
        self.troubles, self.share = troubles, share

    def mends(self) -> None:
        """Everything is let through."""
        self.troubles, self.share = (), 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or fail to."""
        kind = self._kind() if scope["type"] == "http" else ""
        if kind == "slow":
            await asyncio.sleep(self.chance.uniform(0.2, 1.5))
        if kind in ("", "slow"):
            await self.inner(scope, receive, send)
            return
        if kind.endswith("_after"):
            await self.inner(scope, receive, _unheard)
        if kind.startswith("hang"):
            await asyncio.sleep(self.hold)
        await (_error(send) if kind.startswith("error") else _drop(receive, send))

    def _kind(self) -> str:
        if not self.troubles or self.chance.random() >= self.share:
            return ""
        kind = min(self.troubles, key=lambda each: (self.met[each], self.chance.random()))  # all as often
        self.met[kind] += 1
        return kind


class Forward:
    """An ASGI application that hands requests to a server elsewhere; while that is away, connections break."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        body, query = await _body(receive), scope["query_string"].decode()
        url = URL(f"{self._base_url}{scope['path']}" + (f"?{query}" if query else ""), encoded=True)
        headers = [(name.decode(), value.decode()) for name, value in scope["headers"] if name not in HOP_BY_HOP]
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)) as session,
                session.request(scope["method"], url, data=body, headers=headers) as answer,
            ):
                await _hand_on(answer, send)
        except aiohttp.ClientError:
            await _drop(receive, send)


async def _body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


async def _hand_on(answer: aiohttp.ClientResponse, send: Send) -> None:
    headers = [(name, value) for name, value in answer.raw_headers if name.lower() not in HOP_BY_HOP]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    async for part in answer.content.iter_any():
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def _unheard(message: Message) -> None:
    """The service's answer goes nowhere."""


async def _error(send: Send) -> None:
    await send({"type": "http.response.start", "status": 500, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": b"Internal Server Error"})


async def _drop(receive: Receive, send: Send) -> None:
    """Break the caller's connection, as uvicorn lets one, and wait until the server has noticed."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is not None:
        transport.abort()
    while (await receive())["type"] != "http.disconnect":
        continue
