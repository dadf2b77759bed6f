"""The console's addresses, relative to where it is mounted, and what stands before every page."""

from __future__ import annotations

import logging
from urllib.parse import quote

from sqlalchemy.exc import OperationalError
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from latido.console import attending, entering, rooms, waiting
from latido.console.headers import UNCHANGING, SecureHeaders
from latido.console.pages import STATIC, page
from latido.console.sessions import Session, find_session
from latido.console.visits import (
    LOGIN_COOKIE,
    SESSION_COOKIE,
    Console,
    Endpoint,
    Handler,
    Problem,
    Visit,
    check_csrf,
    new_login_nonce,
    read_form,
)

__all__ = ["Console", "routes"]

logger = logging.getLogger(__name__)


def routes(console: Console) -> list[BaseRoute]:
    """The pages and files of the console; all but the log-in want a session."""

    def route(path: str, method: str, handler: Handler, public: bool = False) -> Route:
        endpoint = _endpoint(console, handler, public)
        return Route(path, endpoint, methods=[method], middleware=[Middleware(SecureHeaders)])

    files = Mount(
        "/static",
        StaticFiles(directory=STATIC),
        middleware=[Middleware(SecureHeaders, cache_control=UNCHANGING)],
    )
    return [
        files,
        route("/login", "GET", entering.login_page, public=True),
        route("/login", "POST", entering.log_in, public=True),
        route("/logout", "POST", entering.log_out),
        route("/", "GET", rooms.conversations),
        route("/conversations/{resident}", "GET", rooms.thread),
        route("/conversations/{resident}/take", "POST", attending.take),
        route("/conversations/{resident}/write", "POST", attending.write),
        route("/conversations/{resident}/give-back", "POST", attending.give_back),
        route("/conversations/{resident}/close", "POST", attending.close),
        route("/requests", "GET", attending.requests_room),
        route("/alerts", "GET", rooms.alerts),
        route("/waiting-list", "GET", waiting.waiting_list),
        route("/alerts/{alert}/seen", "POST", rooms.mark_seen),
        route("/{anything:path}", "GET", _nowhere),
    ]


def _endpoint(console: Console, handler: Handler, public: bool) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        visit = Visit(console, request, {}, None, request.cookies.get(LOGIN_COOKIE) or new_login_nonce())
        try:
            form = await read_form(request)
        except Problem as problem:
            return page(visit, "problem.html", problem.status, words=problem.words)
        return await run_in_threadpool(_answer, console, request, form, visit.login_nonce, handler, public)

    return endpoint


def _answer(
    console: Console, request: Request, form: dict[str, str], nonce: str, handler: Handler, public: bool
) -> Response:
    visit = Visit(console, request, form, None, nonce)
    try:
        session = None if public and request.method == "POST" else _session(console, request)
        visit = Visit(console, request, form, session, nonce)
        if session is None and not public:
            return _to_login(visit)
        if request.method == "POST":
            check_csrf(visit)
        return handler(visit)
    except Problem as problem:
        return page(visit, "problem.html", problem.status, words=problem.words)
    except OperationalError as error:
        logger.error("the console's database is away: %s", type(error.orig).__name__)
        return page(visit, "problem.html", 503, words="La base de datos no responde. Probá de nuevo en un momento.")


def _session(console: Console, request: Request) -> Session | None:
    token = request.cookies.get(SESSION_COOKIE)
    if not token:
        return None
    # A page left open asks by itself again and again: that is no sign that anybody is there.
    return find_session(console.engine, token, console.now(), active="HX-Request" not in request.headers)


def _to_login(visit: Visit) -> Response:
    url = visit.request.url
    target = url.path.removeprefix(visit.base) + (f"?{url.query}" if url.query else "")
    worth_returning = visit.request.method == "GET" and target not in ("", "/")
    path = f"/login?next={quote(target, safe='')}" if worth_returning else "/login"
    if visit.is_live:
        return Response(status_code=401, headers={"HX-Redirect": f"{visit.base}/login"})
    return visit.redirect(path)


def _nowhere(visit: Visit) -> Response:
    raise Problem(404, "Acá no hay ninguna página.")
