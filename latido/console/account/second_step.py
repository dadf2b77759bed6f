"""The second step of a log-in: a code of the authenticator, or one for when it is lost."""

from __future__ import annotations

from starlette.responses import Response

from latido.console.account.halfway import close_halfway, find_halfway
from latido.console.account.second_factor import recovery_codes_left, take_code
from latido.console.audit.log import record
from latido.console.entering import let_in
from latido.console.pages import page
from latido.console.reading import label
from latido.console.throttle import deed_allowed
from latido.console.visits import HALFWAY_COOKIE, LOGIN_COOKIE, Visit, set_cookie

# Of a million codes three hold at a time: 5 tries a quarter of an hour leave a guesser years.
TRIES = 5


def code_page(visit: Visit) -> Response:
    """The form; who has not given the password begins there."""
    return _form(visit) if _who(visit) is not None else visit.redirect("/login")


def give_code(visit: Visit) -> Response:
    """Inside, for a code that was not taken before."""
    operator_id, console, now = _who(visit), visit.console, visit.console.now()
    if operator_id is None:
        return visit.redirect("/login")
    if not deed_allowed(console.engine, console.vault, "second_factor", operator_id, TRIES, now):
        return _form(visit, 429, label("account_refusals", "too_many"))
    with console.engine.begin() as connection:
        how = take_code(connection, console.vault, operator_id, visit.form.get("code", ""), now)
        if how is None:
            record(connection, operator_id, "second_factor_failed")
        else:
            close_halfway(connection, operator_id)
        if how == "recovery":
            left = recovery_codes_left(connection, operator_id)
            record(connection, operator_id, "recovery_code_used", count=left)
    if how is None:
        return _form(visit, 401, label("account_refusals", "code"))
    return let_in(visit, operator_id, visit.form.get("next", ""), second_factor=how)


def _who(visit: Visit) -> int | None:
    token = visit.request.cookies.get(HALFWAY_COOKIE)
    if not token:
        return None
    with visit.console.engine.connect() as connection:
        return find_halfway(connection, token, visit.console.now())


def _form(visit: Visit, status: int = 200, wrong: str = "") -> Response:
    target = visit.form.get("next") or visit.request.query_params.get("next", "")
    response = page(visit, "login_code.html", status, wrong=wrong, target=target)
    set_cookie(visit, response, LOGIN_COOKIE, visit.login_nonce)
    return response
