"""A process as bot and actions are, with a request that takes as long as the test wants: `leaving_app.py PORT`."""

from __future__ import annotations

import asyncio
import signal
import sys

from sanic import Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

from tracelog import step, trace_of
from vitals import answer_metrics, drains_on_sigterm, ends_its_connection, is_leaving, tell_of_part, turn_under_way

app = Sanic("leaving")
app.register_middleware(ends_its_connection, "response")


@app.listener("after_server_start")
async def begin(app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
    app.ctx.let_go = asyncio.Event()
    loop.add_signal_handler(signal.SIGUSR1, app.ctx.let_go.set)  # once it listens no more
    tell_of_part("tests")
    drains_on_sigterm(app, loop)


@app.get("/ready")
async def ready(request: Request) -> HTTPResponse:
    return response.text("", status=503 if is_leaving(request.app) else 200)


@app.get("/slow")
async def slow(request: Request) -> HTTPResponse:
    with turn_under_way(), step("bot", trace_of("SM1")):
        await request.app.ctx.let_go.wait()
    return response.text("done")


@app.get("/let-go")
async def let_go(request: Request) -> HTTPResponse:
    request.app.ctx.let_go.set()
    return response.text("")


@app.get("/metrics")
async def metrics(request: Request) -> HTTPResponse:
    return answer_metrics(request)


if __name__ == "__main__":
    app.run(host=sys.argv[1], port=int(sys.argv[2]), access_log=False)
