"""How a process leaves: it says so, serves on until nobody sends it anything any more, and ends what it has begun.

On SIGTERM it is not ready from that moment on. For LATIDO_DRAIN_SECONDS it goes on answering, and ends each connection
with its answer, so that whoever calls again is led to another process. Then, or told a second time, it listens no more,
and what is under way comes to its end.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal

from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse

from vitals.metrics import LEAVING

logger = logging.getLogger(__name__)

# Longer than any turn takes: the worker waits for 20 seconds.
LONGEST_REQUEST_SECONDS = 25.0


def drain_seconds() -> float:
    """For how long a process that was told to stop goes on answering, from LATIDO_DRAIN_SECONDS."""
    return float(os.environ.get("LATIDO_DRAIN_SECONDS") or 0)


def is_leaving(app: Sanic) -> bool:
    """Whether this process was told to stop."""
    return bool(getattr(app.ctx, "leaving", False))


def drains_on_sigterm(app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
    """Leave in order from now on; to be called once the server listens, for Sanic's own handler ends it at once."""
    app.config.GRACEFUL_SHUTDOWN_TIMEOUT = LONGEST_REQUEST_SECONDS

    def leave() -> None:
        if is_leaving(app):
            app.stop()
        else:
            app.ctx.leaving = True
            LEAVING.set(1)
            logger.info("told to stop: not ready from now on")
            loop.call_later(drain_seconds(), app.stop)

    loop.add_signal_handler(signal.SIGTERM, leave)


async def ends_its_connection(request: Request, response: HTTPResponse) -> None:
    """Middleware of responses: the last one on its connection, once the process leaves."""
    if is_leaving(request.app) and request.stream is not None:
        request.stream.keep_alive = False
