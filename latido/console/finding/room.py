"""The page of conversations: a list that stays up to date, filters in the address."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import Connection
from starlette.responses import Response

from latido.console.alerts import open_alert_count
from latido.console.conversations import conversation_page
from latido.console.finding.filters import Covered, Filters, WrongFilter, read_filters
from latido.console.finding.index import refresh
from latido.console.finding.query import COUNTED_TO, count_of, matching
from latido.console.finding.quoting import quotes
from latido.console.finding.search import meant_by
from latido.console.finding.shown import chips_of, choices_of
from latido.console.finding.views import view_named, views_of
from latido.console.pages import live_page
from latido.console.throttle import deed_allowed
from latido.console.visits import Problem, Visit

# In a quarter of an hour; the second is for what six windows ask by themselves.
SEARCHES, SEARCHES_AGAIN = 150, 1500
_NUMBER = re.compile(r"[0-9]{1,18}")


def conversations(visit: Visit) -> Response:
    """The list, by last activity; the filters and `before` in the address."""
    filters, before = filters_of(visit), _before(visit)
    with visit.console.engine.connect() as connection:
        words = meant_by(connection, filters.q)
        wanted = matching(filters, words, visit.console.followed_up)
        found = conversation_page(connection, wanted, before)
        keys = [one.resident for one in found.conversations]
        values: dict[str, Any] = {
            "conversations": found.conversations,
            "quotes": quotes(connection, filters, words, keys),
            "count": count_of(connection, wanted) if filters.given else None,
            "choices": None if visit.is_live else choices_of(connection, filters),
        }
        values |= _views(visit, connection)
        alerts = open_alert_count(connection)
    values |= {"filters": filters, "chips": chips_of(filters), "counted_to": COUNTED_TO, "before": before}
    values["older"] = _address(filters, found.older) if found.older else None
    return live_page(visit, "conversations.html", _address(filters, before), alerts, **values)


def _views(visit: Visit, connection: Connection) -> dict[str, Any]:
    """The views she sees, and the one she came by."""
    if visit.is_live:
        return {"views": (), "view": None}
    operator_id, name = visit.require_operator().operator_id, visit.request.query_params.get("view", "")
    return {"views": views_of(connection, operator_id), "view": view_named(connection, operator_id, name)}


def filters_of(visit: Visit) -> Filters:
    """The filters of the address, with what changed just now in the index; a Problem where it asks for what is not."""
    try:
        filters = read_filters(visit.request.query_params)
    except Covered as error:
        raise Problem(400, "No se busca por documento, teléfono ni mail: en los mensajes están tapados.") from error
    except WrongFilter as error:
        raise Problem(404, "Ese filtro no existe.") from error
    if filters.q:
        _count_search(visit)
    refresh(visit.console.engine)
    return filters


def _count_search(visit: Visit) -> None:
    """Who looks for words all the time is made to wait; a page left open asks again for the same ones."""
    console, session = visit.console, visit.require_operator()
    deed, limit = ("search_again", SEARCHES_AGAIN) if visit.is_live else ("search", SEARCHES)
    if not deed_allowed(console.engine, console.vault, deed, session.operator_id, limit, console.now()):
        raise Problem(429, "Hiciste muchas búsquedas seguidas. Esperá unos minutos y probá de nuevo.")


def _before(visit: Visit) -> int | None:
    given = visit.request.query_params.get("before")
    if given is None:
        return None
    if not _NUMBER.fullmatch(given):
        raise Problem(400, "Esa dirección no está bien escrita.")
    return int(given)


def _address(filters: Filters, before: int | None) -> str:
    parts = [filters.query] if filters.query else []
    parts += [f"before={before}"] if before is not None else []
    return f"/?{'&'.join(parts)}" if parts else "/"
