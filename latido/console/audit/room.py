"""The page of the audit log, and the button that verifies it."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Row
from starlette.responses import Response

from latido.console.alerts import open_alert_count
from latido.console.audit.log import Verdict, record, verify
from latido.console.audit.reading import Wanted, entry_page, names_in
from latido.console.pages import page
from latido.console.reading import label
from latido.console.showing import may_be_shown, value_in_short
from latido.console.visits import Problem, Visit


def audit_log(visit: Visit) -> Response:
    """The entries; `operator`, `action`, `subject`, `day` and `before` in the address."""
    return _shown(visit, None)


def verify_log(visit: Visit) -> Response:
    """Walk the whole chain and say how it stands; that somebody looked is an entry too."""
    session = visit.require_operator()
    with visit.console.engine.begin() as connection:
        verdict = verify(connection)
        record(connection, session.operator_id, "audit_verified", entries=verdict.entries, broken=verdict.broken)
    return _shown(visit, verdict)


def details_in_words(entry: Row[Any]) -> str:
    """The details on one line, in the words the console has for them."""
    return " · ".join(
        f"{label('audit_details', name)}: {value_in_short(value, label_of_audit)}"
        for name, value in entry.details.items()
        if value is not None and may_be_shown(name)
    )


def label_of_audit(group: str, name: str) -> str:
    """The word for a value of the details, or for a kind of alert; the value itself where there is none."""
    word = label("audit_values", name)
    return word if word != name else label("alerts", name)


def _shown(visit: Visit, verdict: Verdict | None) -> Response:
    wanted = wanted_in(visit)
    with visit.console.engine.connect() as connection:
        found = entry_page(connection, wanted)
        operators, actions = names_in(connection)
        alerts = open_alert_count(connection)
    values: dict[str, Any] = {"wanted": wanted, "found": found, "operators": operators, "actions": actions}
    values |= {"verdict": verdict, "older": _older(wanted, found.older), "details": details_in_words}
    return page(visit, "audit.html", alerts=alerts, **values)


def wanted_in(visit: Visit) -> Wanted:
    """What the address asks for; Problem."""
    given = visit.request.query_params
    day, before = given.get("day", ""), given.get("before", "")
    try:
        return Wanted(
            given.get("operator", ""),
            given.get("action", ""),
            given.get("subject", ""),
            date.fromisoformat(day) if day else None,
            int(before) if before else None,
        )
    except ValueError as error:
        raise Problem(400, "Esa dirección no está bien escrita.") from error


def _older(wanted: Wanted, before: int | None) -> str | None:
    if before is None:
        return None
    given = {"operator": wanted.operator, "action": wanted.action, "subject": wanted.subject}
    kept = {name: value for name, value in given.items() if value}
    if wanted.day:
        kept["day"] = wanted.day.isoformat()
    return "/audit?" + urlencode(kept | {"before": before})
