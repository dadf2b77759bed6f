"""The web process: bridge, care, embedded FHIR, console, health and metrics on one port."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from prometheus_client import CONTENT_TYPE_LATEST, Counter, Histogram, generate_latest
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from latido.refusals import why_not_ready
from tracelog import parsed, step

LOOPBACK = frozenset({"127.0.0.1", "::1"})
CHECKS = ("/healthz", "/metrics")
UNAUTHORIZED = {"error": {"code": "unauthorized", "message": "send Authorization: Bearer <LATIDO_SERVICE_TOKEN>"}}

REQUESTS = Counter("latido_http_requests", "HTTP requests by area and status class", ["area", "status"])
SECONDS = Histogram("latido_http_seconds", "Time to answer by area", ["area"])


@dataclass(frozen=True)
class Area:
    """One part of the web process: the prefix of its routes, and whether the service token guards it."""

    name: str
    prefix: str
    routes: Sequence[BaseRoute]
    guarded: bool = False
    # Its endpoints are applications that want nothing of what stands before the others: asked at once, and counted.
    direct: bool = False


def create_app(areas: Sequence[Area], engine: Engine, service_token: str) -> Starlette:
    """The application with these areas, `/healthz`, `/metrics`, `/livez` and `/readyz`."""
    checks = [
        Route("/healthz", _health(engine, [area.name for area in areas]), methods=["GET"]),
        Route("/metrics", _metrics, methods=["GET"]),
        Route("/livez", _alive, methods=["GET"]),
        Route("/readyz", _ready(engine), methods=["GET"]),
    ]
    served = [route for area in areas for route in area.routes]
    middleware = [Middleware(Counted, areas=areas), Middleware(Traced, areas=areas)]
    middleware += [Middleware(Guarded, areas=areas, service_token=service_token)]
    return _Front(_straight_to(areas), routes=[*checks, *served], middleware=middleware)


class _Front(Starlette):
    """The application, and before it those endpoints that are asked at every turn several times."""

    def __init__(self, direct: Mapping[str, ASGIApp], routes: list[BaseRoute], middleware: list[Middleware]) -> None:
        super().__init__(routes=routes, middleware=middleware)
        self._direct = direct

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a POST to its endpoint; anything else goes the way through the middlewares."""
        direct = self._direct.get(scope.get("path", "")) if scope.get("method") == "POST" else None
        await (direct or super().__call__)(scope, receive, send)


def _straight_to(areas: Sequence[Area]) -> dict[str, ASGIApp]:
    routes = [(area, route) for area in areas if area.direct for route in area.routes if isinstance(route, Route)]
    return {route.path: _Timed(route.app, area.name) for area, route in routes}


class _Timed:
    """Counts and times an endpoint of one area, as `Counted` does for all others."""

    def __init__(self, app: ASGIApp, area: str) -> None:
        self._app, self._seconds = app, SECONDS.labels(area)
        self._answers = {hundreds: REQUESTS.labels(area, f"{hundreds}xx") for hundreds in (2, 4, 5)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and note how it ended; what raises is the server's 500."""
        started, hundreds = time.perf_counter(), 5

        async def noting(message: Message) -> None:
            nonlocal hundreds
            if message["type"] == "http.response.start":
                hundreds = message["status"] // 100
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            self._answers[hundreds].inc()
            self._seconds.observe(time.perf_counter() - started)


class Guarded:
    """Lets only bearers of the service token into guarded areas, and loopback into the checks."""

    def __init__(self, app: ASGIApp, areas: Sequence[Area], service_token: str) -> None:
        self._app = app
        self._prefixes = tuple(area.prefix for area in areas if area.guarded)
        self._service_token = service_token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 401 in place of the application where the token is missing."""
        if scope["type"] != "http" or self._may(scope):
            return await self._app(scope, receive, send)
        return await JSONResponse(UNAUTHORIZED, 401, {"WWW-Authenticate": "Bearer"})(scope, receive, send)

    def _may(self, scope: Scope) -> bool:
        path = scope["path"]
        if path in CHECKS:
            return bool(scope["client"] and scope["client"][0] in LOOPBACK) or self._bears_token(scope)
        if not any(path == prefix or path.startswith(f"{prefix}/") for prefix in self._prefixes):
            return True
        return self._bears_token(scope)

    def _bears_token(self, scope: Scope) -> bool:
        header = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        scheme, _, token = header.partition(b" ")
        return scheme.lower() == b"bearer" and hmac.compare_digest(token.strip(), self._service_token)


class Counted:
    """Counts and times every request by area; no path, so nothing of a resident, is kept."""

    def __init__(self, app: ASGIApp, areas: Sequence[Area]) -> None:
        self._app = app
        self._areas = sorted(((area.prefix, area.name) for area in areas), key=lambda pair: -len(pair[0]))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and note how it ended."""
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        area, started = self._area(scope["path"]), time.perf_counter()

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                REQUESTS.labels(area, f"{message['status'] // 100}xx").inc()
                SECONDS.labels(area).observe(time.perf_counter() - started)
            await send(message)

        return await self._app(scope, receive, noting)

    def _area(self, path: str) -> str:
        return next((name for prefix, name in self._areas if path.startswith(prefix)), "checks")


class Traced:
    """Answers within the trace of whoever calls a guarded area; no path: it may tell of health."""

    def __init__(self, app: ASGIApp, areas: Sequence[Area]) -> None:
        self._app = app
        self._areas = [(area.prefix, area.name) for area in areas if area.guarded]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, as a step of the caller's trace if it named one."""
        header = next((value for name, value in scope.get("headers", ()) if name == b"traceparent"), b"")
        caller = parsed(header.decode("ascii", "replace"))
        area = next((name for prefix, name in self._areas if scope.get("path", "").startswith(prefix)), None)
        if caller is None or area is None:
            return await self._app(scope, receive, send)
        with step(area, caller, method=scope["method"]) as taken:

            async def noting(message: Message) -> None:
                if message["type"] == "http.response.start":
                    taken.note(outcome=f"{message['status'] // 100}xx", status=message["status"])
                await send(message)

            return await self._app(scope, receive, noting)


def _health(engine: Engine, names: list[str]) -> Callable[[Request], Response]:
    def health(request: Request) -> Response:
        if why := why_not_ready(engine):
            return JSONResponse({"ok": False, "database": "away", "why": why, "areas": names}, 503)
        return JSONResponse({"ok": True, "database": "ok", "areas": names})

    return health


def _alive(request: Request) -> Response:
    """For whoever starts processes again that hang: nothing but that it answers, so anybody may ask."""
    return Response("ok\n", media_type="text/plain")


def _ready(engine: Engine) -> Callable[[Request], Response]:
    def ready(request: Request) -> Response:
        if why := why_not_ready(engine):
            return Response(f"not ready: {why}\n", 503, media_type="text/plain")
        return Response("ok\n", media_type="text/plain")

    return ready


def _metrics(request: Request) -> Response:
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
