"""Breaking a connection on purpose: the caller gets no answer at all."""

import asyncio

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

TRANSPORT = "latido.emulator.transport"


class Droppable(Starlette):
    """A Starlette application whose handlers can reach the connection under uvicorn."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, keeping hold of its transport."""
        # uvicorn's `send` is a method of the request's cycle, which holds the transport.
        scope[TRANSPORT] = getattr(getattr(send, "__self__", None), "transport", None)
        await super().__call__(scope, receive, send)


class _NoAnswer(Response):
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        return None


async def drop(request: Request) -> Response:
    """Close the caller's connection without an answer."""
    transport = request.scope.get(TRANSPORT)
    if transport is None:
        raise RuntimeError("the emulator can only break connections when uvicorn serves it")
    transport.abort()
    # uvicorn complains of a missing answer unless it has noticed that nobody waits for one.
    while not await request.is_disconnected():
        await asyncio.sleep(0)
    return _NoAnswer()
