"""For each conversation of a page, the message that a search found it by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, func, or_, select

from latido.console.finding.filters import Filters
from latido.console.finding.index import BY_PERSON, on_days
from latido.console.finding.passage import Meant, Piece, found_in, passage_of
from latido.console.finding.query import of_day
from latido.console.finding.tables import days
from latido.messaging.redaction import masked
from latido.messaging.tables import message


@dataclass(frozen=True)
class Quote:
    """A message that was found, and the words of it to show."""

    message_id: int
    is_hers: bool
    created_at: datetime
    pieces: tuple[Piece, ...]


def quotes(
    connection: Connection, filters: Filters, wanted: Sequence[Meant], residents: Sequence[str]
) -> Mapping[str, Quote]:
    """By resident: of the newest day that was found, the message with most of the words, the newest of these."""
    if not wanted or not residents:
        return {}
    newest = select(days.c.resident, func.max(days.c.day).label("day")).group_by(days.c.resident)
    newest = newest.where(days.c.resident.in_(residents), *of_day(filters, wanted))
    found = [(row.resident, row.day) for row in connection.execute(newest)]
    columns = [message.c[name] for name in ("id", "resident", "direction", "text", "created_at")]
    said = on_days(select(*columns).where(or_(message.c.direction == "in", BY_PERSON)), message, found)
    best: dict[str, tuple[int, Row[tuple[object, ...]]]] = {}
    for row in connection.execute(said.order_by(message.c.id)) if found else ():
        count = found_in(row.text, wanted)
        if count and count >= best.get(row.resident, (0, row))[0]:
            best[row.resident] = (count, row)
    return {key: _quote(row, wanted) for key, (_, row) in best.items()}


def _quote(row: Row[tuple[object, ...]], wanted: Sequence[Meant]) -> Quote:
    return Quote(row.id, row.direction == "in", row.created_at, passage_of(masked(row.text), wanted))
