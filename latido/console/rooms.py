"""The pages behind the log-in: a thread, the urgent queue."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection
from starlette.responses import Response

from latido.console.alerts import alert_queue, open_alert_count, resolve_alert
from latido.console.desk import box_of, desk_of
from latido.console.pages import live_page
from latido.console.remarks.store import remarks_of
from latido.console.thread import is_known, page_with, thread_page
from latido.console.tickets import authors_of, card_of
from latido.console.visits import Problem, Visit

_RESIDENT = re.compile(r"[0-9a-f]{32}")
_NUMBER = re.compile(r"[0-9]{1,18}")


def thread(visit: Visit) -> Response:
    """One resident's conversation, opened at its end, or where `at` (a message) or `before` says."""
    return show_thread(visit)


def show_thread(visit: Visit, status: int = 200, notice: str = "", draft: str = "") -> Response:
    """The thread; `notice` says why something could not be done, `draft` is what the operator had written."""
    at, before = _message_id(visit, "at"), _message_id(visit, "before")
    console, session = visit.console, visit.require_operator()
    with console.engine.connect() as connection:
        key = key_of(visit, connection)
        if at is not None:
            before = page_with(connection, key, at)
        found = thread_page(connection, key, before)
        said = [row.id for turn in found.turns for row in (turn.head, *turn.replies) if row.direction == "out"]
        values = _under_thread(visit, connection, key, bool(draft))
        values["authors"] = authors_of(connection, said)
        values["remarks"] = remarks_of(connection, console.vault, key, session.operator_id)
        alerts = open_alert_count(connection)
    here = f"/conversations/{key}"
    older = _address(here, before=found.older) if found.older else None
    values |= {"resident": key, "turns": found.turns, "older": older, "at_end": found.at_end, "here": here}
    values |= {"notice": notice, "draft": draft, "picked": visit.request.query_params.get("reply", "")}
    # The browser says which box it has under the thread: when another one is due, it comes along.
    path = _address(here, before=before, box=values["box"])
    return live_page(visit, "thread.html", path, alerts, beside="_ticket.html", status=status, **values)


def _under_thread(visit: Visit, connection: Connection, key: str, has_draft: bool) -> dict[str, Any]:
    """The card above, the box under it, and what is at hand in the box, unless the browser has it already."""
    console, session = visit.console, visit.require_operator()
    card = card_of(connection, console.vault, key, session.operator_id, console.now())
    box = box_of(card, session.role, has_draft)
    changed = visit.request.query_params.get("box") != box
    desk = None
    if changed or not visit.is_live:
        desk = desk_of(connection, console.vault, key, card, session.operator_id, console.now())
    return {"card": card, "box": box, "desk": desk, "news": "_writing.html" if changed else None}


def key_of(visit: Visit, connection: Connection) -> str:
    """The resident the address names; a Problem when nobody of that key has written."""
    key = str(visit.request.path_params["resident"])
    if not _RESIDENT.fullmatch(key) or not is_known(connection, key):
        raise Problem(404, "Esa conversación no existe.")
    return key


def alerts(visit: Visit) -> Response:
    """The urgent queue."""
    with visit.console.engine.connect() as connection:
        queue = alert_queue(connection)
    return live_page(visit, "alerts.html", "/alerts", queue.open_count, queue=queue)


def mark_seen(visit: Visit) -> Response:
    """Take an alert out of the queue, in the operator's name."""
    session = visit.require_operator()
    number = visit.request.path_params["alert"]
    found = _NUMBER.fullmatch(number)
    if not found or not resolve_alert(visit.console.engine, int(number), session.operator_id, visit.console.now()):
        raise Problem(404, "Esa alerta no existe.")
    return visit.redirect("/alerts")


def _message_id(visit: Visit, name: str) -> int | None:
    given = visit.request.query_params.get(name)
    if given is None:
        return None
    if not _NUMBER.fullmatch(given):
        raise Problem(400, "Esa dirección no está bien escrita.")
    return int(given)


def _address(path: str, **parameters: object) -> str:
    given = {name: value for name, value in parameters.items() if value is not None}
    return f"{path}?{urlencode(given)}" if given else path
