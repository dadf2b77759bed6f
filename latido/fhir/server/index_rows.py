"""Writing what the indexes hold."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Table, delete, insert

from latido.fhir.server import tables
from latido.fhir.server.indexing import IndexEntries


def clear_index_rows(connection: Connection, keys: Sequence[int]) -> None:
    """Take the resources with these keys out of every index."""
    for table in tables.INDEX_TABLES if keys else ():
        connection.execute(delete(table).where(table.c.resource_key.in_(keys)))


def add_index_rows(connection: Connection, entries: Sequence[IndexEntries]) -> None:
    """Put resources into the indexes."""
    for table in tables.INDEX_TABLES:
        rows = [row for each in entries for row in rows_of(table, each)]
        if rows:
            connection.execute(insert(table), rows)


def rows_of(table: Table, entries: IndexEntries) -> Iterator[dict[str, Any]]:
    """What one index holds of a resource."""
    base = {"resource_key": entries.key, "type": entries.type}
    beside = {"state": entries.state, "moment": entries.moment}
    if table is tables.token:
        yield from (base | {"parameter": n, "system": s, "code": c} for n, s, c in entries.tokens)
    elif table is tables.reference:
        for name, target_type, target_id in entries.references:
            yield base | beside | {"parameter": name, "target_type": target_type, "target_id": target_id}
    elif table is tables.date:
        yield from (base | {"parameter": n, "low": each.low, "high": each.high} for n, each in entries.dates)
    elif table is tables.string:
        yield from (base | {"parameter": n, "value": value} for n, value in entries.strings)
    elif entries.position:
        yield base | {"latitude": entries.position[0], "longitude": entries.position[1]}
