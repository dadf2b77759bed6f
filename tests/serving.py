"""Serve an app over real loopback HTTP for as long as a test needs it."""

from __future__ import annotations

import os
import random
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from starlette.types import ASGIApp


def _ports() -> Iterator[int]:
    """Ports below those that the kernel lends to callers, so that one stays free until its server starts.

    Each worker of a run has ports of its own, and each is handed out once.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    mine = range(10_000 + worker % 8, 32_000, 8)
    yield from random.Random(os.getpid()).sample(mine, len(mine))


_candidates = _ports()


def free_port() -> int:
    """A port that nobody listens on, and that nobody else in this run is given."""
    for port in _candidates:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port
    raise RuntimeError("no free port is left between 10000 and 32000: end what listens there")


@contextmanager
def served(app: ASGIApp, port: int = 0, host: str = "127.0.0.1", **more: Any) -> Iterator[str]:
    """The base URL at which `app` answers until the block ends; `more` is for uvicorn."""
    settings = {"log_level": "warning", "lifespan": "off", "timeout_graceful_shutdown": 1, **more}
    config = uvicorn.Config(app, host=host, port=port, **settings)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
        assert thread.is_alive(), "the server did not start"
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://{host}:{port}"
    server.should_exit = True
    thread.join(10)
