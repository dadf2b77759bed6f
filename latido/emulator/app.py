"""The emulator as an application, and as a server of this machine only."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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
    """Serve on the loopback until interrupted."""
    # Long polls and event streams never end by themselves: do not wait for them.
    uvicorn.run(
        create_app(config),
        host=HOST,
        port=config.port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=1,
    )


async def _page(_: Request) -> Response:
    return FileResponse(STATIC / "index.html", headers={"Cache-Control": "no-cache"})
