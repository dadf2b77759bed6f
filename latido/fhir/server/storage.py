"""Reading and writing resources in one Postgres transaction, which the caller holds."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, insert, select, text, tuple_, update

from latido.crypto import Vault
from latido.fhir.resources import Resource
from latido.fhir.server import tables
from latido.fhir.server.answers import dump
from latido.fhir.server.definitions import definitions
from latido.fhir.server.index_rows import add_index_rows, clear_index_rows
from latido.fhir.server.indexing import IndexEntries, index_entries
from latido.fhir.server.instants import instant_text

Key = tuple[str, str]
"""Type and id."""

_NAMES = ("key", "type", "id", "version", "last_updated", "content", "sealed")
COLUMNS = tuple(tables.resource.c[name] for name in _NAMES)


@dataclass(frozen=True)
class Stored:
    """One version of a resource as it is stored, opened; `body` is its JSON text, `key` its row's (0: earlier)."""

    type: str
    id: str
    version: int
    last_updated: datetime
    body: str
    key: int

    @property
    def resource(self) -> Resource:
        """The resource as an object."""
        found: Resource = json.loads(self.body)
        return found

    @property
    def reference(self) -> str:
        """`Type/id`."""
        return f"{self.type}/{self.id}"


@dataclass(frozen=True)
class Change:
    """A valid resource (with its id) to be written, and what it replaces, locked (None: it is new)."""

    resource: Resource
    previous: Stored | None = None

    @property
    def key(self) -> Key:
        """Type and id."""
        return self.resource["resourceType"], self.resource["id"]


def opened(row: Row[Any], vault: Vault) -> Stored:
    """A row as a stored resource."""
    body = row.content if row.sealed is None else vault.open(row.sealed)
    return Stored(row.type, row.id, row.version, row.last_updated, body, getattr(row, "key", 0))


def find(connection: Connection, vault: Vault, key: Key) -> Stored | None:
    """The current version."""
    return find_all(connection, vault, [key]).get(key)


def find_all(connection: Connection, vault: Vault, keys: Iterable[Key], lock: bool = False) -> dict[Key, Stored]:
    """The current versions of those that exist; `lock` holds them until the transaction ends, in one fixed order."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    where = tuple_(tables.resource.c.type, tables.resource.c.id).in_(wanted)
    query = select(*COLUMNS).where(where).order_by(tables.resource.c.type, tables.resource.c.id)
    rows = connection.execute(query.with_for_update() if lock else query)
    return {(row.type, row.id): opened(row, vault) for row in rows}


def find_version(connection: Connection, vault: Vault, key: Key, number: int) -> Stored | None:
    """One version of a resource, current or earlier."""
    current = find(connection, vault, key)
    if current is None or current.version == number:
        return current
    earlier = tables.version.c
    where = (earlier.type == key[0], earlier.id == key[1], earlier.version == number)
    row = connection.execute(select(tables.version).where(*where)).one_or_none()
    return opened(row, vault) if row else None


def save(connection: Connection, vault: Vault, changes: Sequence[Change], now: datetime) -> list[Stored]:
    """Write all changes with their indexes, in few statements; the new versions in the changes' order.

    Rows go in one fixed order, so that two writers never wait for each other in a circle.
    """
    ordered = sorted(changes, key=lambda change: change.key)
    keys = iter(_new_keys(connection, sum(1 for change in changes if change.previous is None)))
    writes = [prepare(change, _key_of(change, keys), vault, now) for change in ordered]
    _insert(connection, [write.row for write in writes if not write.replaces])
    _replace(connection, [write.row for write in writes if write.replaces])
    clear_index_rows(connection, [write.entries.key for write in writes if write.replaces])
    add_index_rows(connection, [write.entries for write in writes])
    stored = {(write.stored.type, write.stored.id): write.stored for write in writes}
    return [stored[change.key] for change in changes]


@dataclass(frozen=True)
class Write:
    """A resource as it will be stored: its row and its index entries; `replaces` an earlier version."""

    stored: Stored
    entries: IndexEntries
    row: dict[str, Any]
    replaces: bool


def _key_of(change: Change, new_keys: Iterator[int]) -> int:
    return change.previous.key if change.previous else next(new_keys)


def prepare(change: Change, key: int, vault: Vault, now: datetime) -> Write:
    """The rows of a change whose resource has this key."""
    definition = definitions()[change.key[0]]
    stored = _stamp(change, key, now)
    entries = index_entries(change.resource, definition, vault, key)
    row = {
        "key": key,
        "type": stored.type,
        "id": stored.id,
        "version": stored.version,
        "last_updated": stored.last_updated,
        "content": None if definition.sealed else stored.body,
        "sealed": vault.seal(stored.body) if definition.sealed else None,
        "state": entries.state,
        "moment": entries.moment,
    }
    return Write(stored, entries, row, change.previous is not None)


def _stamp(change: Change, key: int, now: datetime) -> Stored:
    number = change.previous.version + 1 if change.previous else 1
    kind, identity = change.key
    meta = dict(change.resource.get("meta") or {}) | {"versionId": str(number), "lastUpdated": instant_text(now)}
    head = {"resourceType": kind, "id": identity, "meta": meta}
    body = head | {name: value for name, value in change.resource.items() if name not in head}
    return Stored(kind, identity, number, now, dump(body), key)


def _new_keys(connection: Connection, count: int) -> list[int]:
    if not count:
        return []
    query = text("SELECT nextval(pg_get_serial_sequence('fhir_resource', 'key')) FROM generate_series(1, :count)")
    return list(connection.scalars(query, {"count": count}))


def _insert(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(tables.resource), rows)


def _replace(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Keep the current versions as earlier ones, then put the new ones in their place."""
    if not rows:
        return
    names = [column.name for column in tables.version.c]
    current = select(*(tables.resource.c[name] for name in names))
    old = current.where(tables.resource.c.key.in_([row["key"] for row in rows]))
    connection.execute(insert(tables.version).from_select(names, old))
    renamed = [{"_key": row["key"]} | {name: row[name] for name in row if name != "key"} for row in rows]
    connection.execute(update(tables.resource).where(tables.resource.c.key == bindparam("_key")), renamed)
