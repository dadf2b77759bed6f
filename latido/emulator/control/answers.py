"""What every control endpoint shares: the emulator, a JSON body, errors in words."""

import functools
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from latido.emulator.state import Emulator

Endpoint = Callable[[Request], Awaitable[Response]]


class BadRequest(ValueError):
    """The control API was asked for something it cannot do; the message says what it can."""


def emulator_of(request: Request) -> Emulator:
    """The emulator of the application that got this request."""
    emulator: Emulator = request.app.state.emulator
    return emulator


async def json_object(request: Request) -> dict[str, Any]:
    """The JSON object in the body, empty when there is no body."""
    if not await request.body():
        return {}
    body = await request.json()
    if not isinstance(body, dict):
        raise BadRequest("send a JSON object")
    return body


def guarded(endpoint: Endpoint) -> Endpoint:
    """Answer 400 with the reason where the endpoint raises ValueError or TypeError, 403 to other people's pages."""

    @functools.wraps(endpoint)
    async def serve(request: Request) -> Response:
        if _comes_from_elsewhere(request):
            return JSONResponse({"error": "a web page of another origin may not write here"}, 403)
        try:
            return await endpoint(request)
        except RecursionError:
            return JSONResponse({"error": "send a JSON object that is not nested so deep"}, 400)
        except (ValueError, TypeError) as error:
            return JSONResponse({"error": str(error)}, 400)

    return serve


def _comes_from_elsewhere(request: Request) -> bool:
    """Whether a browser sent this on behalf of a page that is not the emulator's own."""
    origin = request.headers.get("Origin")
    return request.method != "GET" and origin is not None and urlsplit(origin).netloc != request.headers.get("Host")
