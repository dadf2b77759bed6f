"""Choosing a password with the code that somebody who administers gave."""

from __future__ import annotations

from starlette.responses import Response

from latido.console.audit.strangers import record_failure
from latido.console.operators import OperatorRefused
from latido.console.pages import page
from latido.console.reading import label
from latido.console.staff.changes import enter_first
from latido.console.throttle import attempt_allowed, forget_attempts
from latido.console.visits import LOGIN_COOKIE, Visit, set_cookie


def first_page(visit: Visit) -> Response:
    """The form."""
    return _form(visit)


def choose(visit: Visit) -> Response:
    """The password, for the right code; then she logs in with it. Tries count as those of a log-in."""
    username, console, now = visit.form.get("username", ""), visit.console, visit.console.now()
    address = visit.request.client.host if visit.request.client else ""
    if not attempt_allowed(console.engine, console.vault, username, address, now):
        return _form(visit, 429, "too_many")
    password = visit.form.get("password", "")
    if password != visit.form.get("again", ""):
        return _form(visit, 400, "differ")
    try:
        with console.engine.begin() as connection:
            entered = enter_first(connection, username, visit.form.get("code", ""), password, now)
    except OperatorRefused:
        return _form(visit, 400, "short")
    if not entered:
        record_failure(console.engine, username)
        return _form(visit, 401, "entry_code")
    forget_attempts(console.engine, console.vault, username, address)
    return visit.redirect("/login")


def _form(visit: Visit, status: int = 200, wrong: str = "") -> Response:
    words = label("account_refusals", wrong) if wrong else ""
    response = page(visit, "login_first.html", status, wrong=words, username=visit.form.get("username", ""))
    set_cookie(visit, response, LOGIN_COOKIE, visit.login_nonce)
    return response
