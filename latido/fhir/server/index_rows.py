"""Writing what the indexes hold, and who holds which slot."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Table, delete, insert

from latido.fhir.resources import Resource, split_reference
from latido.fhir.server import tables
from latido.fhir.server.definitions import definitions
from latido.fhir.server.indexing import IndexEntries


def clear_index_rows(connection: Connection, keys: Sequence[int]) -> None:
    """Take the resources with these keys out of every index."""
    for table in tables.INDEX_TABLES if keys else ():
        connection.execute(delete(table).where(table.c.resource_key.in_(keys)))


def add_index_rows(connection: Connection, entries: Sequence[IndexEntries]) -> None:
    """Put resources into the indexes."""
    for table in tables.INDEX_TABLES:
        rows = [row for each in entries for row in _rows(table, each)]
        if rows:
            connection.execute(insert(table), rows)


def _rows(table: Table, entries: IndexEntries) -> Iterator[dict[str, Any]]:
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


def occupy(connection: Connection, resources: Sequence[Resource]) -> None:
    """Take and release slots. The unique index on live seats refuses the second of two live appointments."""
    holders = [each for each in resources if definitions()[each["resourceType"]].occupies]
    if not holders:
        return
    ids = [each["id"] for each in holders]
    connection.execute(delete(tables.slot_occupancy).where(tables.slot_occupancy.c.appointment_id.in_(ids)))
    rows = sorted((row for each in holders for row in _seats(each)), key=lambda row: str(row["slot_id"]))
    if rows:
        connection.execute(insert(tables.slot_occupancy), rows)


def _seats(holder: Resource) -> list[dict[str, Any]]:
    occupies = definitions()[holder["resourceType"]].occupies
    if occupies is None:
        return []
    targets = (split_reference(each.get("reference", "")) for each in holder.get(occupies.reference, []))
    slots = {target[1] for target in targets if target}
    live = holder.get("status") in occupies.while_states
    return [{"appointment_id": holder["id"], "slot_id": slot, "live": live} for slot in slots]
