"""The pages of the overdue list: the list, and one person's card."""

from __future__ import annotations

import re
import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import Connection
from starlette.responses import Response

from latido.console.alerts import open_alert_count
from latido.console.overdue.callers import CallersRefusal, Offer, Whom
from latido.console.overdue.calling import may_take_back
from latido.console.overdue.cases import Case, all_cases, calls_of, claims_of, find_case
from latido.console.overdue.rules import load_call_rules
from latido.console.overdue.sheet import noted, sheet_of, what_is_due
from latido.console.overdue.sieve import KINDS, SINCE_DAYS, WrongFilter, counts_of, read_sieve
from latido.console.pages import live_page
from latido.console.reading import label
from latido.console.thread import is_known
from latido.console.visits import Problem, Visit

SHOWN = 100
_RESIDENT = re.compile(r"[0-9a-f]{32}")
_ROLE = re.compile(r"self(-[2-4])?|other-[1-8]|child-([1-9]|1[0-2])")
_SERVICES = ("prenatal", "pediatric")


def overdue_list(visit: Visit) -> Response:
    """Who has to be called, in their order; every filter in the address."""
    console, session, now = visit.console, visit.require_operator(), visit.console.now()
    try:
        sieve = read_sieve(visit.request.query_params)
    except WrongFilter as error:
        raise Problem(400, "Esa dirección no está bien escrita.") from error
    rules = load_call_rules()
    with console.engine.connect() as connection:
        cases = all_cases(connection, console.callers, now)
        left = _left(visit, connection, cases)
        alerts = open_alert_count(connection)
    found = [case for case in cases if sieve.lets(case, session.operator_id, now)]
    values: dict[str, Any] = {"sieve": sieve, "found": found[:SHOWN], "count": len(found), "counts": counts_of(cases)}
    values |= {"kinds": KINDS, "since_days": SINCE_DAYS, "rules": rules, "left": left, "me": session.operator_id}
    values |= {"communes": _places(cases, "commune"), "centers": _places(cases, "center"), "who_in_words": in_words}
    values |= {
        "what": lambda due: what_is_due(console.vault, due),
        "noted": lambda one: noted(console.vault, one, rules),
    }
    query = sieve.query
    return live_page(visit, "overdue.html", f"/overdue?{query}" if query else "/overdue", alerts, **values)


def card(visit: Visit) -> Response:
    """One person's card; `offers` in the address asks for free slots, of one `center` if it is named."""
    whom = whom_of(visit)
    if visit.is_live or "offers" not in visit.request.query_params:
        return show_card(visit, whom)
    try:
        return show_card(visit, whom, offers=_offers(visit, whom))
    except CallersRefusal as refusal:
        return show_card(
            visit, whom, status=refusal.status, notice=label("overdue_refusals", refusal.reason), offers=()
        )


def show_card(
    visit: Visit,
    whom: Whom,
    status: int = 200,
    notice: str = "",
    phone: str | None = None,
    offers: tuple[Offer, ...] | None = None,
) -> Response:
    """The card; `notice` says what could not be done, `phone` stands on it this once."""
    console, session, now = visit.console, visit.require_operator(), visit.console.now()
    rules = load_call_rules()
    with console.engine.connect() as connection:
        if not is_known(connection, whom.resident):
            raise Problem(404, "No hay nadie así en la lista.")
        case = find_case(connection, console.callers, whom, now)
        calls = calls_of(connection, whom)
        since = min((each for one, each in claims_of(connection, session.operator_id, now) if one == whom), default=now)
        gone = "" if case else console.callers.why_gone(connection, whom, since)
        sheet = sheet_of(connection, console.vault, whom, case, calls, rules, now)
        alerts = open_alert_count(connection)
    last = next((each for each in calls if not each.undone), None)
    values: dict[str, Any] = {"whom": whom, "case": case, "sheet": sheet, "gone": gone, "rules": rules}
    values |= {"undo": last is not None and may_take_back(last, session.operator_id, rules, now)}
    values |= {"notice": notice, "phone": phone, "offers": offers, "token": secrets.token_hex(16)}
    values |= {
        "me": session.operator_id,
        "who_in_words": in_words,
        "center": visit.request.query_params.get("center", ""),
    }
    return live_page(visit, "overdue_card.html", whom.path, alerts, status=status, **values)


def whom_of(visit: Visit) -> Whom:
    """The person the address names; a Problem when it names nobody."""
    given = visit.request.path_params
    whom = Whom(str(given["resident"]), str(given["role"]), str(given["service"]))
    if not _RESIDENT.fullmatch(whom.resident) or not _ROLE.fullmatch(whom.role) or whom.service not in _SERVICES:
        raise Problem(404, "No hay nadie así en la lista.")
    return whom


def in_words(whom: Whom, case: Case | None) -> str:
    """Which of a phone's people she is, and how far along or how old."""
    known = case.standing if case else None
    if whom.service == "pediatric":
        return "niña o niño" + (f", {_age(known.age_days)}" if known and known.age_days is not None else "")
    who = "" if whom.role == "self" else " · otra persona de este teléfono"
    if known is None or known.weeks is None:
        return f"no se sabe de cuánto está{who}" if known else f"embarazo{who}"
    return ("1 semana" if known.weeks == 1 else f"{known.weeks} semanas") + who


def _age(days: int) -> str:
    if days < 61:
        return "1 día" if days == 1 else f"{days} días"
    return f"{days // 30} meses" if days < 730 else f"{days // 365} años"


def _offers(visit: Visit, whom: Whom) -> tuple[Offer, ...]:
    given = visit.request.query_params
    center, after = given.get("center", ""), given.get("after", "")
    try:
        number = int(center) if center else None
        since = datetime.fromisoformat(after) if after else None
    except ValueError as error:
        raise Problem(400, "Esa dirección no está bien escrita.") from error
    if since is not None and since.tzinfo is None:
        raise Problem(400, "Esa dirección no está bien escrita.")
    return visit.console.callers.offers(whom, number, since)


def _places(cases: list[Case], name: str) -> list[int]:
    return sorted({value for case in cases if (value := getattr(case.standing, name)) is not None})


def _left(visit: Visit, connection: Connection, cases: list[Case]) -> list[tuple[Whom, str]]:
    """Whom this operator had to herself and who is not on the list any more, and why."""
    listed = {case.whom for case in cases}
    mine = claims_of(connection, visit.require_operator().operator_id, visit.console.now())
    why_gone = visit.console.callers.why_gone
    return [
        (whom, label("overdue_gone", why_gone(connection, whom, since))) for whom, since in mine if whom not in listed
    ]
