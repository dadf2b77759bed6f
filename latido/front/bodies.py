"""An end to the time a body may take: who sends it drop by drop counts as gone, and is told so."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_SECONDS = 30.0
WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS"})
_LATE = PlainTextResponse("the body did not come in time", 408, {"Connection": "close"})


class Hurried:
    """An application to which a body that is not whole after so many seconds is a connection that was closed.

    How large a body may be, each area says itself: it knows what its callers understand.
    """

    def __init__(self, app: ASGIApp, seconds: float = BODY_SECONDS) -> None:
        self._app = app
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; who left before its end is answered nothing, and no fault is logged."""
        if scope["type"] != "http" or scope["method"] in WITHOUT_BODY:
            await self._app(scope, receive, send)
            return
        body = _Body(receive, asyncio.get_running_loop().time() + self._seconds)

        async def unless_late(message: Message) -> None:
            if not body.is_late:
                await send(message)

        with suppress(ClientDisconnect):
            await self._app(scope, body.receive, unless_late)
        if body.is_late:
            await _LATE(scope, receive, send)


class _Body:
    """What comes of a request until its end, by a moment of the loop's clock."""

    def __init__(self, receive: Receive, until: float) -> None:
        self._receive, self._until = receive, until
        self._has_ended = False
        self.is_late = False

    async def receive(self) -> Message:
        """The next part; after the last one whatever comes, however late."""
        if self._has_ended:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError:
            self._has_ended = self.is_late = True
            return {"type": "http.disconnect"}
        self._has_ended = not message.get("more_body", False)
        return message
