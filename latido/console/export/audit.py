"""The audit log as a file, oldest first, with the marks that chain its entries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row

from latido.console.audit.reading import entries_for
from latido.console.audit.room import details_in_words, wanted_in
from latido.console.export.sheets import BATCH, Sheet, wanted_of
from latido.console.export.sheets import Row as Line
from latido.console.reading import label
from latido.console.showing import preview
from latido.console.visits import Visit

COLUMNS = ("number", "at", "operator", "action", "subject", "details", "previous_hash", "hash")
KEY_LENGTH = 32


def audit(visit: Visit) -> Sheet:
    """The sheet for the filters of the address, whatever page of the log they stood on."""
    wanted = wanted_in(visit)

    def batches(connection: Connection) -> Iterator[Sequence[Line]]:
        query = entries_for(wanted).order_by("id")
        streamed = connection.execution_options(yield_per=BATCH).execute(query)
        for some in streamed.partitions():
            yield [_line(entry) for entry in some]

    return Sheet("audit", COLUMNS, batches, wanted_of(visit, ("operator", "action", "subject", "day")))


def _line(row: Row[Any]) -> Line:
    subject = row.subject or ""
    return (
        row.id,
        row.at,
        row.operator,
        label("audit_actions", row.action),
        subject if len(subject) == KEY_LENGTH else preview(subject),
        details_in_words(row),
        row.previous_hash,
        row.hash,
    )
