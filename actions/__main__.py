"""Starts the action server on the loopback: `python -m actions [--port 5055] [--host 127.0.0.1]`.

rasa-sdk's own `python -m rasa_sdk` listens on every interface without any authentication, and answers an error with
the whole tracker of the resident.
"""

from __future__ import annotations

import argparse
import asyncio
import logging

from rasa_sdk import utils
from rasa_sdk.endpoint import create_app
from sanic import Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

from tracelog import parsed, resume, set_up_from_environment
from vitals import answer_metrics, drains_on_sigterm, ends_its_connection, is_leaving, tell_of_part
from vitals.bounds import bound_requests

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 5055
LARGEST_CALL = 8 * 1024 * 1024  # the tracker of a session comes with each, and parts of the domain


class NoBodyInErrors:
    """Answers an error of an action without the request that caused it."""

    def __call__(self, request: Request, error: Exception) -> HTTPResponse:
        """Logs where it failed and says nothing about whom."""
        logging.getLogger("actions").error("An action failed: %s", type(error).__name__, exc_info=error)
        return response.json({"error": type(error).__name__}, status=500)


def build_app() -> Sanic:
    """The action server with every action of the package."""
    app = create_app("actions", cors_origins="")
    bound_requests(app, LARGEST_CALL)
    app.error_handler.add(Exception, NoBodyInErrors())
    app.register_middleware(_in_the_trace_of_its_turn, "request")
    app.register_middleware(ends_its_connection, "response")
    app.register_listener(_begin, "after_server_start")
    app.add_route(_ready, "/ready")
    app.add_route(_metrics, "/metrics")
    return app


async def _begin(app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
    tell_of_part("actions")
    drains_on_sigterm(app, loop)


async def _ready(request: Request) -> HTTPResponse:
    """200, and 503 from the order to stop on: `/health` goes on saying that it lives."""
    serving = not is_leaving(request.app)
    return response.json({"ready": serving}, status=200 if serving else 503)


async def _metrics(request: Request) -> HTTPResponse:
    return answer_metrics(request)


async def _in_the_trace_of_its_turn(request: Request) -> None:
    resume(parsed(request.headers.get("traceparent")))


def main() -> None:
    """Parses the command line and serves until stopped."""
    parser = argparse.ArgumentParser(prog="actions", description="Latido's action server")
    parser.add_argument("--host", default=DEFAULT_HOST, help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="port to listen on (default: %(default)s)")
    options = parser.parse_args()
    set_up_from_environment("actions")
    utils.update_sanic_log_level()
    build_app().run(host=options.host, port=options.port, access_log=False, workers=utils.number_of_sanic_workers())


if __name__ == "__main__":
    main()
