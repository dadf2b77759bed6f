"""The page of the operators, for who administers them."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection
from starlette.responses import Response

from latido.console.alerts import open_alert_count
from latido.console.operators import OperatorRefused, list_operators
from latido.console.pages import page
from latido.console.reading import label
from latido.console.roles import RIGHTS, ROLES
from latido.console.staff import changes
from latido.console.visits import Problem, Visit

Change = Callable[[Connection, int, str], str | None]


def staff(visit: Visit) -> Response:
    """Who may enter, as what."""
    return _shown(visit)


def add(visit: Visit) -> Response:
    """A new operator; her code is shown on this one answer."""
    name, role, now = visit.form.get("username", ""), visit.form.get("role", ""), visit.console.now()
    return _done(visit, name, lambda connection, by, who: changes.add(connection, by, who, role, now))


def change(visit: Visit) -> Response:
    """What the button of an operator says: another role, off, on, or a new code."""
    role, now = visit.form.get("role", ""), visit.console.now()
    deeds: dict[str, Change] = {
        "role": lambda connection, by, who: changes.change_role(connection, by, who, role),
        "off": lambda connection, by, who: changes.switch_off(connection, by, who, now),
        "on": lambda connection, by, who: changes.switch_on(connection, by, who),
        "code": lambda connection, by, who: changes.give_entry_code(connection, by, who, now),
    }
    deed = deeds.get(visit.form.get("do", ""))
    if deed is None:
        raise Problem(400, "Ese cambio no existe.")
    return _done(visit, str(visit.request.path_params["username"]), deed)


def _done(visit: Visit, username: str, change: Change) -> Response:
    session = visit.require_operator()
    try:
        with visit.console.engine.begin() as connection:
            code = change(connection, session.operator_id, username)
    except OperatorRefused as refusal:
        return _shown(visit, 409, label("operator_refusals", refusal.reason))
    if code is None:
        return visit.redirect("/operators")
    return _shown(visit, code=code, whose=username.strip().lower())


def _shown(visit: Visit, status: int = 200, notice: str = "", code: str = "", whose: str = "") -> Response:
    with visit.console.engine.connect() as connection:
        alerts = open_alert_count(connection)
    values = {"operators": list_operators(visit.console.engine), "roles": ROLES, "rights": RIGHTS, "alerts": alerts}
    return page(visit, "operators.html", status, **values, notice=notice, code=code, whose=whose)
