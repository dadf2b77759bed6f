"""Logging in and out."""

from __future__ import annotations

import re
from urllib.parse import quote

from starlette.responses import Response

from latido.console.account.devices import device_in_words
from latido.console.account.halfway import LASTS as HALFWAY_LASTS
from latido.console.account.halfway import open_halfway
from latido.console.account.second_factor import has_second_factor
from latido.console.audit.log import record
from latido.console.audit.strangers import record_failure
from latido.console.operators import verify
from latido.console.pages import page
from latido.console.sessions import close_session, open_session
from latido.console.throttle import attempt_allowed, forget_attempts
from latido.console.visits import HALFWAY_COOKIE, LOGIN_COOKIE, SESSION_COOKIE, Visit, drop_cookie, set_cookie

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
    forget_attempts(console.engine, console.vault, username, address)
    with console.engine.begin() as connection:
        token = open_halfway(connection, operator_id, now) if has_second_factor(connection, operator_id) else None
    if token is None:
        return let_in(visit, operator_id, target)
    response = visit.redirect(f"/login/code?next={quote(own_path(target), safe='')}")
    set_cookie(visit, response, HALFWAY_COOKIE, token, HALFWAY_LASTS)
    return response


def let_in(visit: Visit, operator_id: int, target: str, **how: str) -> Response:
    """A session for who proved to be this operator, and on to where she wanted to go."""
    console = visit.console
    _note(visit, operator_id, "logged_in", **how)
    device = device_in_words(visit.request.headers.get("User-Agent", ""))
    response = visit.redirect(own_path(target))
    session = open_session(console.engine, operator_id, console.now(), device)
    set_cookie(visit, response, SESSION_COOKIE, session)
    drop_cookie(visit, response, LOGIN_COOKIE)
    drop_cookie(visit, response, HALFWAY_COOKIE)
    return response


def log_out(visit: Visit) -> Response:
    """End the session here and in the database."""
    session = visit.require_operator()
    close_session(visit.console.engine, session.token)
    _note(visit, session.operator_id, "logged_out")
    response = visit.redirect("/login")
    drop_cookie(visit, response, SESSION_COOKIE)
    return response


def _note(visit: Visit, operator_id: int, action: str, **details: str) -> None:
    with visit.console.engine.begin() as connection:
        record(connection, operator_id, action, **details)


def _form(visit: Visit, target: str, status: int = 200, wrong: str = "", username: str = "") -> Response:
    values = {"target": target, "wrong": wrong, "username": username}
    response = page(visit, "login.html", status, **values)
    set_cookie(visit, response, LOGIN_COOKIE, visit.login_nonce)
    return response


def own_path(target: str) -> str:
    """Where she wanted to go, if it is a page of ours: never another site."""
    return target if _OWN_PATH.fullmatch(target) and not target.startswith("//") else "/"
