"""`GET /open-data`: the published indicators for everybody, as a page, CSV and JSON. No log-in, cookies or scripts."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from latido.front.pacing import Pace
from latido.indicators.open_data.files import as_csv, as_json, dictionary_json
from latido.indicators.open_data.page import index_page, style
from latido.indicators.open_data.publication import Publication
from latido.indicators.open_data.publisher import Publisher

log = logging.getLogger(__name__)

PREFIX = "/open-data"
REQUESTS_A_MINUTE = 60
HTML, CSS = "text/html; charset=utf-8", "text/css; charset=utf-8"
CSV, JSON = "text/csv; charset=utf-8; header=present", "application/json; charset=utf-8"
HEADERS = {
    "Cache-Control": "public, max-age=3600",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # Other sites may read it: it is for everybody.
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
UNKEPT = HEADERS | {"Cache-Control": "no-store"}


@dataclass(frozen=True)
class _File:
    """Something that can be fetched: its bytes and kind; `name` is what a browser saves it as."""

    content: bytes
    kind: str
    name: str = ""


Make = Callable[[Publication, Request], _File | None]


def open_data_routes(publisher: Publisher, pace: Pace | None = None) -> list[Route]:
    """The routes; `pace` is how much one address may ask."""
    pace = pace or Pace(REQUESTS_A_MINUTE)

    def route(path: str, make: Make) -> Route:
        async def endpoint(request: Request) -> Response:
            wait = pace.wait_for(request.client.host if request.client else "")
            if wait:
                return PlainTextResponse("too many requests", 429, UNKEPT | {"Retry-After": str(wait)})
            return await run_in_threadpool(_answer, publisher, request, make)

        return Route(f"{PREFIX}{path}", endpoint, methods=["GET"])

    return [
        route("", lambda published, _: _File(index_page(published), HTML)),
        route("/style.css", lambda *_: _File(style(), CSS)),
        route("/dictionary.json", lambda published, _: _File(dictionary_json(published), JSON)),
        route("/indicators.csv", lambda published, _: _File(as_csv(published.figures), CSV, "latido-indicadores.csv")),
        route("/indicators.json", lambda published, _: _File(as_json(published, published.figures), JSON)),
        route("/indicators/{name}.csv", _one_csv),
        route("/indicators/{name}.json", _one_json),
    ]


def _one_csv(published: Publication, request: Request) -> _File | None:
    name = request.path_params["name"]
    return _File(as_csv(published.of(name)), CSV, f"latido-{name}.csv") if name in published.indicators else None


def _one_json(published: Publication, request: Request) -> _File | None:
    name = request.path_params["name"]
    return _File(as_json(published, published.of(name)), JSON) if name in published.indicators else None


def _answer(publisher: Publisher, request: Request, make: Make) -> Response:
    try:
        file = make(publisher.current(), request)
    except SQLAlchemyError as error:
        log.error("open data cannot be read: %s", type(error).__name__)
        return PlainTextResponse("the database is away; try again in a minute", 503, UNKEPT | {"Retry-After": "60"})
    if file is None:
        return PlainTextResponse("no such indicator is published; see /open-data/dictionary.json", 404, UNKEPT)
    headers = HEADERS | {"ETag": f'"{hashlib.blake2b(file.content, digest_size=12).hexdigest()}"'}
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if file.name:
        headers["Content-Disposition"] = f'attachment; filename="{file.name}"'
    return Response(file.content, media_type=file.kind, headers=headers)
