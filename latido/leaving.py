"""How web and worker leave: they say so, answer on until nobody calls any more, and end what they have begun.

On SIGTERM a process is not ready from that moment on. `web` goes on answering for LATIDO_DRAIN_SECONDS and ends each
connection with its answer, so that whoever calls again is led to another process; then, or told a second time, it
listens no more.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType

import uvicorn
from prometheus_client import Gauge
from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

READY = "/readyz"
# A request that takes longer than this is cut off; the longest that are meant to be answered take 20 seconds.
LONGEST_REQUEST_SECONDS = 25
LEAVING = Gauge("latido_leaving", "1 from the order to stop on")


class SaysItLeaves:
    """An application which, once `leaving` is set, is not ready, and ends each connection with its answer."""

    def __init__(self, app: ASGIApp, leaving: threading.Event) -> None:
        self._app = app
        self._leaving = leaving

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http" or not self._leaving.is_set():
            return await self._app(scope, receive, send)

        async def ending(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Connection"] = "close"
            await send(message)

        if scope["path"] == READY:
            return await Response("leaving\n", 503, media_type="text/plain")(scope, receive, ending)
        return await self._app(scope, receive, ending)


class LeavingServer(uvicorn.Server):
    """A server that leaves in order when it is told to by SIGTERM, and returns; Ctrl-C ends it at once."""

    def __init__(self, config: uvicorn.Config, leaving: threading.Event, drain_seconds: float) -> None:
        super().__init__(config)
        self._leaving = leaving
        self._drain_seconds = drain_seconds

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """What uvicorn calls on a signal."""
        if sig != signal.SIGTERM:
            super().handle_exit(sig, frame)
        elif self._leaving.is_set():
            self._stop_listening()
        else:
            says_it_leaves(self._leaving)
            end = threading.Timer(self._drain_seconds, self._stop_listening)
            end.daemon = True
            end.start()

    def _stop_listening(self) -> None:
        self.should_exit = True


def says_it_leaves(leaving: threading.Event) -> None:
    """Set the event, and the metric with it."""
    leaving.set()
    LEAVING.set(1)
