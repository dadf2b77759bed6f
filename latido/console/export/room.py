"""The addresses of the downloads. A new one is a function that makes its sheet, and a line in `SHEETS`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from starlette.responses import Response

from latido.console.audit.log import count_within
from latido.console.export.audit import audit
from latido.console.export.conversations import conversations
from latido.console.export.download import BEGUN, AllPlacesTaken, Download, Outgoing, sheet_file
from latido.console.export.overdue import overdue
from latido.console.export.reviews import reviews
from latido.console.export.sheets import Sheet
from latido.console.roles import Right
from latido.console.visits import Problem, Visit

AN_HOUR_AT_MOST = 30
ENDINGS = ("csv", "jsonl")
# Each with the right it needs besides `export`.
SHEETS: dict[str, tuple[Right, Callable[[Visit], Sheet]]] = {
    "conversations": ("read", conversations),
    "overdue": ("read", overdue),
    "reviews": ("review", reviews),
    "audit": ("read_audit", audit),
}


def export(visit: Visit) -> Response:
    """A file with all that the filter of the address lets through, sent while it is read."""
    name, _, ending = str(visit.request.path_params["file"]).rpartition(".")
    right, sheet_for = SHEETS.get(name, (None, None))
    if right is None or sheet_for is None or ending not in ENDINGS or not visit.may(right):
        raise Problem(404, "No hay ningún archivo así para descargar.")
    return send_file(visit, lambda: sheet_file(visit.console, sheet_for(visit), ending))


def send_file(visit: Visit, file_for: Callable[[], Outgoing]) -> Response:
    """The file as an answer; Problem after too many in an hour, or while too many are under way."""
    operator_id = visit.require_operator().operator_id
    with visit.console.engine.connect() as connection:
        if count_within(connection, operator_id, BEGUN, timedelta(hours=1)) >= AN_HOUR_AT_MOST:
            raise Problem(429, f"Ya descargaste {AN_HOUR_AT_MOST} archivos en una hora. Esperá un rato.")
    try:
        return Download(visit.console, file_for(), operator_id)
    except AllPlacesTaken:
        raise Problem(429, "Hay varias descargas en curso. Probá de nuevo en un minuto.") from None
