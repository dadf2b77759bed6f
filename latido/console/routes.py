"""The console's addresses, relative to where it is mounted, and what stands before every page."""

from __future__ import annotations

import logging
from urllib.parse import quote

from sqlalchemy.exc import OperationalError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from latido.console import attending, entering, rooms, waiting
from latido.console.account.routes import ACCOUNT, ENTRY
from latido.console.audit import room as audit
from latido.console.campaigns.routes import CAMPAIGNS
from latido.console.data import room as data_room
from latido.console.effects import room as effects_room
from latido.console.export import room as export_room
from latido.console.finding.routes import FINDING
from latido.console.headers import UNCHANGING, SecureHeaders
from latido.console.indicators import room as indicators_room
from latido.console.overdue.routes import OVERDUE
from latido.console.pages import STATIC, page
from latido.console.phone import room as phone_room
from latido.console.plan import room as plan_room
from latido.console.reading import label
from latido.console.remarks.routes import REMARKS
from latido.console.replies import room as replies_room
from latido.console.retention import room as retention_room
from latido.console.review.routes import REVIEW
from latido.console.roles import Right, may
from latido.console.sessions import Session, find_session
from latido.console.staff.routes import STAFF
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

__all__ = ["Address", "Console", "routes"]

ROOMS = (*ENTRY, *ACCOUNT, *STAFF, *FINDING, *REMARKS)

logger = logging.getLogger(__name__)


class Address(Route):
    """A route that says which right it asks for; None: it is for whoever is not inside yet."""

    right: Right | None

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as a route does; also when the method is not its own, with the headers of all others."""
        methods = self.methods or set()
        if scope["method"] in methods:
            await super().handle(scope, receive, send)
        else:
            refused = PlainTextResponse("", 405, headers={"Allow": ", ".join(sorted(methods))})
            await SecureHeaders(refused)(scope, receive, send)


class Files(StaticFiles):
    """Static files; one that does not exist is an answer of ours, with the headers."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, or an empty answer."""
        try:
            return await super().get_response(path, scope)
        except HTTPException as error:
            return PlainTextResponse("", error.status_code)


def routes(console: Console) -> list[BaseRoute]:
    """The pages and files of the console; all but the log-in want a session."""

    def route(path: str, method: str, handler: Handler, right: Right | None = "read") -> Address:
        """One page; `right` is what an operator needs for it, None: it is for whoever is not inside yet."""
        endpoint = _endpoint(console, handler, right)
        address = Address(path, endpoint, methods=[method], middleware=[Middleware(SecureHeaders)])
        address.right = right
        return address

    files = Mount(
        "/static",
        Files(directory=STATIC),
        middleware=[Middleware(SecureHeaders, cache_control=UNCHANGING)],
    )
    return [
        files,
        route("/login", "GET", entering.login_page, right=None),
        route("/login", "POST", entering.log_in, right=None),
        route("/logout", "POST", entering.log_out),
        *(route(path, method, handler, right) for path, method, handler, right in ROOMS),
        route("/conversations/{resident}", "GET", rooms.thread),
        route("/conversations/{resident}/plan", "GET", plan_room.plan),
        route("/conversations/{resident}/take", "POST", attending.take, right="attend"),
        route("/conversations/{resident}/write", "POST", attending.write, right="attend"),
        route("/conversations/{resident}/give-back", "POST", attending.give_back, right="attend"),
        route("/conversations/{resident}/close", "POST", attending.close, right="attend"),
        route("/conversations/{resident}/template", "POST", attending.send_template, right="attend"),
        route("/conversations/{resident}/pass-on", "POST", attending.pass_on, right="attend"),
        route("/replies", "GET", replies_room.replies_room, right="attend"),
        route("/replies", "POST", replies_room.keep, right="attend"),
        route("/replies/drop", "POST", replies_room.drop, right="attend"),
        route("/requests", "GET", attending.requests_room),
        route("/alerts", "GET", rooms.alerts),
        route("/waiting-list", "GET", waiting.waiting_list),
        route("/alerts/{alert}/seen", "POST", rooms.mark_seen, right="resolve_alerts"),
        route("/conversations/{resident}/phone", "GET", phone_room.ask, right="reveal"),
        route("/conversations/{resident}/phone", "POST", phone_room.show, right="reveal"),
        *(route(path, method, handler, right) for path, method, handler, right in (*OVERDUE, *CAMPAIGNS, *REVIEW)),
        route("/effects", "GET", effects_room.effects),
        route("/indicators", "GET", indicators_room.indicators),
        route("/export/{file}", "GET", export_room.export, right="export"),
        route("/retention", "GET", retention_room.retention, right="read_audit"),
        route("/conversations/{resident}/data", "GET", data_room.data, right="reveal"),
        route("/conversations/{resident}/data/copy", "POST", data_room.copy, right="data_rights"),
        route("/conversations/{resident}/data/erase", "POST", data_room.erase, right="data_rights"),
        route("/audit", "GET", audit.audit_log, right="read_audit"),
        route("/audit/verify", "POST", audit.verify_log, right="read_audit"),
        route("/{anything:path}", "GET", _nowhere),
    ]


def _endpoint(console: Console, handler: Handler, right: Right | None) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        visit = Visit(console, request, {}, None, request.cookies.get(LOGIN_COOKIE) or new_login_nonce())
        try:
            form = await read_form(request)
        except Problem as problem:
            return page(visit, "problem.html", problem.status, words=problem.words)
        return await run_in_threadpool(_answer, console, request, form, visit.login_nonce, handler, right)

    return endpoint


def _answer(
    console: Console, request: Request, form: dict[str, str], nonce: str, handler: Handler, right: Right | None
) -> Response:
    visit = Visit(console, request, form, None, nonce)
    try:
        session = None if right is None and request.method == "POST" else _session(console, request)
        visit = Visit(console, request, form, session, nonce)
        if right is not None:
            if session is None:
                return _to_login(visit)
            if not may(session.role, right):
                raise Problem(403, label("forbidden", right))
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
