"""Bringing what is stored up to the definitions, when an update of Latido indexes or seals a type otherwise.

Without it, resources of before would not be found by what they are searched by now, or would stay readable.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Engine, Row, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert

from latido.crypto import Vault
from latido.fhir.server import tables
from latido.fhir.server.definitions import Definition, definitions
from latido.fhir.server.index_rows import add_index_rows, clear_index_rows
from latido.fhir.server.indexing import index_entries
from latido.fhir.server.storage import COLUMNS, opened

INDEX_VERSION = 3
"""Counts the ways of making index entries: raise it when `indexing.py` makes others of the same definition."""

BATCH = 500

_LOCK = "latido.fhir.reindexing"


def fingerprint(definition: Definition) -> str:
    """What decides how resources of a type are stored and indexed, as a hash."""
    searched = [
        [each.name, each.kind, [[path.steps, path.condition] for path in each.paths], each.targets]
        for each in definition.search.values()
    ]
    told = [INDEX_VERSION, definition.sealed, definition.state, definition.moment, searched]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def refresh_indexes(engine: Engine, vault: Vault) -> dict[str, int]:
    """Index and seal anew every type whose definition has changed; how many resources, by type.

    May run beside a server with the new definitions, batch by batch; whoever comes second finds nothing left to do.
    """
    done: dict[str, int] = {}
    for definition in definitions().values():
        with engine.begin() as connection:
            fresh = _is_fresh(connection, definition)
        if not fresh:
            done[definition.name] = _refresh(engine, vault, definition)
    return {name: count for name, count in done.items() if count}


def _is_fresh(connection: Connection, definition: Definition) -> bool:
    known = select(tables.indexed.c.fingerprint).where(tables.indexed.c.type == definition.name)
    return connection.scalar(known) == fingerprint(definition)


def _refresh(engine: Engine, vault: Vault, definition: Definition) -> int:
    with engine.begin() as alone:
        alone.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"{_LOCK}.{definition.name}", 0))))
        if _is_fresh(alone, definition):
            return 0
        count = sum(_refresh_batch(engine, vault, definition, keys) for keys in _batches(alone, definition))
        _seal_earlier(alone, vault, definition)
        row = {"type": definition.name, "fingerprint": fingerprint(definition)}
        statement = insert(tables.indexed).values(row)
        alone.execute(statement.on_conflict_do_update(index_elements=["type"], set_=row))
    return count


def _batches(connection: Connection, definition: Definition) -> Iterator[list[int]]:
    key, last = tables.resource.c.key, 0
    query = select(key).where(tables.resource.c.type == definition.name).order_by(key).limit(BATCH)
    while keys := list(connection.scalars(query.where(key > last))):
        yield keys
        last = keys[-1]


def _refresh_batch(engine: Engine, vault: Vault, definition: Definition, keys: Sequence[int]) -> int:
    # In the order of type and id, as every writer locks: so that nobody waits for another in a circle.
    query = select(*COLUMNS).where(tables.resource.c.key.in_(keys)).order_by(tables.resource.c.id).with_for_update()
    with engine.begin() as connection:
        found = [opened(row, vault) for row in connection.execute(query)]
        entries = [index_entries(each.resource, definition, vault, each.key) for each in found]
        rows = [
            {"_key": each.key, "state": entry.state, "moment": entry.moment} | _kept(each.body, definition, vault)
            for each, entry in zip(found, entries, strict=True)
        ]
        if rows:
            connection.execute(update(tables.resource).where(tables.resource.c.key == bindparam("_key")), rows)
        clear_index_rows(connection, [each.key for each in found])
        add_index_rows(connection, entries)
    return len(found)


def _kept(body: str, definition: Definition, vault: Vault) -> dict[str, Any]:
    """The two columns of which one holds the JSON."""
    return {"content": None if definition.sealed else body, "sealed": vault.seal(body) if definition.sealed else None}


def _seal_earlier(connection: Connection, vault: Vault, definition: Definition) -> None:
    """Earlier versions in the form of the current ones, a batch at a time."""
    earlier = tables.version.c
    other_form = earlier.sealed.is_(None) if definition.sealed else earlier.content.is_(None)
    query = select(tables.version).where(earlier.type == definition.name, other_form).limit(BATCH)
    while rows := connection.execute(query).all():
        for row in rows:
            _put_earlier(connection, row, _kept(opened(row, vault).body, definition, vault))


def _put_earlier(connection: Connection, row: Row[Any], kept: dict[str, Any]) -> None:
    earlier = tables.version.c
    where = (earlier.type == row.type, earlier.id == row.id, earlier.version == row.version)
    connection.execute(update(tables.version).where(*where).values(kept))
