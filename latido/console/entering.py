"""Logging in and out."""

from __future__ import annotations

import re

from starlette.responses import Response

from latido.console.audit.log import record
from latido.console.audit.strangers import record_failure
from latido.console.operators import verify
from latido.console.pages import page
from latido.console.sessions import close_session, open_session
from latido.console.throttle import attempt_allowed, forget_attempts
from latido.console.visits import LOGIN_COOKIE, SESSION_COOKIE, Visit, drop_cookie, set_cookie

WRONG = "El usuario o la contraseña no coinciden."
PAUSED = "Hubo demasiados intentos. Esperá unos minutos y probá de nuevo."
_OWN_PATH = re.compile(r"/[\w./?&=%-]*")


def login_page(visit: Visit) -> Response:
    """The form, or the list for who is already inside."""
    if visit.session is not None:
        return visit.redirect("/")
    return _form(visit, visit.request.query_params.get("next", ""))


def log_in(visit: Visit) -> Response:
    """A new session for the right password; the same words and time for a wrong one and for nobody's name."""
    username, target = visit.form.get("username", ""), visit.form.get("next", "")
    address = visit.request.client.host if visit.request.client else ""
    console, now = visit.console, visit.console.now()
    if not attempt_allowed(console.engine, console.vault, username, address, now):
        return _form(visit, target, 429, PAUSED, username)
    operator_id = verify(console.engine, username, visit.form.get("password", ""))
    if operator_id is None:
        record_failure(console.engine, username)
        return _form(visit, target, 401, WRONG, username)
    _note(visit, operator_id, "logged_in")
    forget_attempts(console.engine, console.vault, username, address)
    response = visit.redirect(_own_path(target))
    set_cookie(visit, response, SESSION_COOKIE, open_session(console.engine, operator_id, now))
    drop_cookie(visit, response, LOGIN_COOKIE)
    return response


def log_out(visit: Visit) -> Response:
    """End the session here and in the database."""
    session = visit.require_operator()
    close_session(visit.console.engine, session.token)
    _note(visit, session.operator_id, "logged_out")
    response = visit.redirect("/login")
    drop_cookie(visit, response, SESSION_COOKIE)
    return response


def _note(visit: Visit, operator_id: int, action: str) -> None:
    with visit.console.engine.begin() as connection:
        record(connection, operator_id, action)


def _form(visit: Visit, target: str, status: int = 200, wrong: str = "", username: str = "") -> Response:
    values = {"target": target, "wrong": wrong, "username": username}
    response = page(visit, "login.html", status, **values)
    set_cookie(visit, response, LOGIN_COOKIE, visit.login_nonce)
    return response


def _own_path(target: str) -> str:
    """Where she wanted to go, if it is a page of ours: never another site."""
    return target if _OWN_PATH.fullmatch(target) and not target.startswith("//") else "/"
