"""The emulator as an application, and as a server of this machine only."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import uvicorn
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from latido.emulator.config import EmulatorConfig
from latido.emulator.connection import Droppable
from latido.emulator.control import forge, logs, phones, switches
from latido.emulator.rest import routes as rest_routes
from latido.emulator.state import Emulator

STATIC = Path(__file__).parent / "static"
HOST = "127.0.0.1"
STARTUP_FAILURE = 3


def create_app(config: EmulatorConfig) -> Droppable:
    """The emulator with nothing in it yet; its state is in `app.state.emulator`."""
    emulator = Emulator(config)

    @asynccontextmanager
    async def lifespan(_: Droppable) -> AsyncIterator[None]:
        yield
        await emulator.close()

    control = [*phones.routes(), *switches.routes(), *logs.routes(), *forge.routes()]
    page = [Route("/", _page), Mount("/static", StaticFiles(directory=STATIC))]
    app = Droppable(routes=[*rest_routes.routes(), *control, *page], lifespan=lifespan)
    app.state.emulator = emulator
    return app


def run(config: EmulatorConfig) -> None:
    """Serve on the loopback until interrupted; SystemExit when the port is taken."""
    app = create_app(config)
    settings = uvicorn.Config(
        app, host=HOST, port=config.port, log_level="warning", access_log=False, timeout_graceful_shutdown=1
    )
    server = _Server(settings, app.state.emulator)
    # As uvicorn's own `run` ends: after the server has stopped, Ctrl-C is no news.
    with suppress(KeyboardInterrupt):
        server.run()
    if not server.started:
        raise SystemExit(STARTUP_FAILURE)


class _Server(uvicorn.Server):
    """A server that ends the event streams first, as they would never end by themselves."""

    def __init__(self, settings: uvicorn.Config, emulator: Emulator) -> None:
        super().__init__(settings)
        self._emulator = emulator

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop, without waiting for pages that are still open."""
        self._emulator.feed.close()
        await super().shutdown(sockets)


async def _page(_: Request) -> Response:
    return FileResponse(STATIC / "index.html", headers={"Cache-Control": "no-cache"})
