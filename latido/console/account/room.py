"""An operator's own page: her password, her second factor, and the browsers in which she is inside."""

from __future__ import annotations

import base64
import binascii
from typing import Any

import segno
from markupsafe import Markup
from starlette.responses import Response

from latido.console.account import second_factor
from latido.console.alerts import open_alert_count
from latido.console.audit.log import record
from latido.console.operators import OperatorRefused, choose_password, verify
from latido.console.pages import page
from latido.console.reading import label
from latido.console.sessions import Session, end_sessions, sessions_of
from latido.console.throttle import attempt_allowed, deed_allowed, forget_attempts
from latido.console.visits import SESSION_COOKIE, Problem, Visit, drop_cookie
from latido.crypto import SealBroken

TRIES = 10


def account(visit: Visit) -> Response:
    """Her own page."""
    return _shown(visit)


def close_others(visit: Visit) -> Response:
    """End her other sessions."""
    session = visit.require_operator()
    with visit.console.engine.begin() as connection:
        ended = end_sessions(connection, session.operator_id, but=session.token)
        record(connection, session.operator_id, "sessions_ended", count=ended)
    return visit.redirect("/account")


def change_password(visit: Visit) -> Response:
    """A new password for the old one; she enters anew, everywhere."""
    session = visit.require_operator()
    _ask_password(visit, session)
    try:
        with visit.console.engine.begin() as connection:
            choose_password(connection, session.operator_id, visit.form.get("new", ""))
            record(connection, session.operator_id, "password_changed")
    except OperatorRefused as refusal:
        return _shown(visit, 400, label("operator_refusals", refusal.reason))
    response = visit.redirect("/login")
    drop_cookie(visit, response, SESSION_COOKIE)
    return response


def offer_second_factor(visit: Visit) -> Response:
    """A new secret to put into an authenticator; it counts once a code of it was shown."""
    return _offered(visit, second_factor.new_secret())


def enrol(visit: Visit) -> Response:
    """Ask for codes from now on; the recovery codes are shown on this one answer."""
    session, console = visit.require_operator(), visit.console
    secret = _sealed_secret(visit, session)
    try:
        _ask_password(visit, session)
    except Problem as problem:
        return _offered(visit, secret, problem.status, problem.words)
    with console.engine.begin() as connection:
        code = visit.form.get("code", "")
        codes = second_factor.enrol(connection, console.vault, session.operator_id, secret, code, console.now())
        if codes is not None:
            end_sessions(connection, session.operator_id, but=session.token)
            record(connection, session.operator_id, "second_factor_on")
    if codes is None:
        return _offered(visit, secret, 400, label("account_refusals", "code"))
    return _shown(visit, codes=codes)


def drop(visit: Visit) -> Response:
    """The password alone opens again."""
    session = visit.require_operator()
    _ask_password(visit, session)
    with visit.console.engine.begin() as connection:
        second_factor.drop_second_factor(connection, session.operator_id)
        record(connection, session.operator_id, "second_factor_off")
    return visit.redirect("/account")


def renew_codes(visit: Visit) -> Response:
    """New recovery codes, shown on this one answer."""
    session = visit.require_operator()
    _ask_password(visit, session)
    with visit.console.engine.begin() as connection:
        if not second_factor.has_second_factor(connection, session.operator_id):
            raise Problem(409, label("account_refusals", "none"))
        codes = second_factor.renew_recovery_codes(connection, session.operator_id)
        record(connection, session.operator_id, "recovery_codes_renewed")
    return _shown(visit, codes=codes)


def _ask_password(visit: Visit, session: Session) -> None:
    """Whoever finds a browser open does not get further than that; tries count as those of a log-in."""
    console, now = visit.console, visit.console.now()
    address = visit.request.client.host if visit.request.client else ""
    if not attempt_allowed(console.engine, console.vault, session.username, address, now) or not deed_allowed(
        console.engine, console.vault, "password", session.operator_id, TRIES, now
    ):
        raise Problem(429, label("account_refusals", "too_many"))
    if verify(console.engine, session.username, visit.form.get("password", "")) is None:
        raise Problem(403, label("account_refusals", "password"))
    forget_attempts(console.engine, console.vault, session.username, address)


def _offered(visit: Visit, secret: bytes, status: int = 200, notice: str = "") -> Response:
    session = visit.require_operator()
    uri = second_factor.provisioning_uri(secret, session.username)
    kept = visit.console.vault.seal(f"{session.operator_id}:{base64.b32encode(secret).decode()}").decode()
    picture = Markup(segno.make(uri, error="m", micro=False).svg_inline(scale=5, border=3, svgclass="qr"))  # noqa: S704
    values = {"uri": uri, "words": second_factor.secret_in_words(secret), "kept": kept, "picture": picture}
    return page(visit, "second_factor.html", status, notice=notice, **values)


def _sealed_secret(visit: Visit, session: Session) -> bytes:
    try:
        whose, _, secret = visit.console.vault.open(visit.form.get("kept", "").encode()).partition(":")
        if whose == str(session.operator_id):
            return base64.b32decode(secret)
    except (SealBroken, binascii.Error):
        pass
    raise Problem(400, label("account_refusals", "old_form"))


def _shown(visit: Visit, status: int = 200, notice: str = "", codes: list[str] | None = None) -> Response:
    session, console = visit.require_operator(), visit.console
    with console.engine.connect() as connection:
        alerts = open_alert_count(connection)
        values: dict[str, Any] = {
            "has_second_factor": second_factor.has_second_factor(connection, session.operator_id),
            "codes_left": second_factor.recovery_codes_left(connection, session.operator_id),
        }
    values |= {"sessions": sessions_of(console.engine, session, console.now()), "codes": codes or ()}
    return page(visit, "account.html", status, alerts=alerts, notice=notice, **values)
