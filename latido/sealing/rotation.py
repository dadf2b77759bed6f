"""Everything sealed in the database, sealed anew under the present secret.

A value says itself which secret it is under, so the work keeps no mark of its own: killed at any point and begun
again, it passes what is done and goes on. A value that changed meanwhile is left to its writer, who sealed it himself;
that a run finds nothing left is what ends it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import Column, Connection, Engine, LargeBinary, MetaData, Row, Table, and_, select, tuple_, update

from latido.crypto import SealBroken, Vault

BATCH = 500

Sealed = Column[bytes]
Key = tuple[object, ...]


@dataclass
class Rotated:
    """What became of the values of one table."""

    table: str
    renewed: int = 0
    already: int = 0
    unreadable: int = 0
    overtaken: int = 0


def sealed_columns(metadata: MetaData) -> dict[Table, list[Sealed]]:
    """Every column that holds sealed values, by its table; each binary column of ours is one."""
    found = {
        table: [column for column in table.c if isinstance(column.type, LargeBinary)]
        for table in metadata.sorted_tables
    }
    return {table: columns for table, columns in found.items() if columns}


def rotate(
    engine: Engine, vault: Vault, metadata: MetaData, done: Callable[[int], object], batch: int = BATCH
) -> Iterator[Rotated]:
    """Seal table after table anew, in transactions of `batch` rows; `done` hears how many each of them had."""
    for table, columns in sealed_columns(metadata).items():
        yield _table(engine, vault, table, columns, done, batch)


def _table(
    engine: Engine, vault: Vault, table: Table, columns: list[Sealed], done: Callable[[int], object], batch: int
) -> Rotated:
    tally, after = Rotated(table.name), None
    while True:
        with engine.begin() as connection:
            rows = _next(connection, table, columns, after, batch)
            _renew(connection, table, [_looked_at(vault, table, columns, row, tally) for row in rows], tally)
        if not rows:
            return tally
        done(len(rows))
        after = tuple(rows[-1][: len(table.primary_key.columns)])


def _next(
    connection: Connection, table: Table, columns: list[Sealed], after: Key | None, batch: int
) -> list[Row[tuple[object, ...]]]:
    key = list(table.primary_key.columns)
    query = select(*key, *columns).order_by(*key).limit(batch)
    if after is not None:
        query = query.where(tuple_(*key) > after)
    return list(connection.execute(query))


@dataclass(frozen=True)
class _Looked:
    """One row: its key, and for each column that has to be sealed anew what was there and what comes."""

    key: Key
    changes: list[tuple[Sealed, bytes, bytes]]


def _looked_at(
    vault: Vault, table: Table, columns: list[Sealed], row: Row[tuple[object, ...]], tally: Rotated
) -> _Looked:
    width = len(table.primary_key.columns)
    found = []
    for column, value in zip(columns, row[width:], strict=True):
        old = bytes(value) if isinstance(value, (bytes, memoryview)) else b""
        new = _under_present(vault, old, tally) if old else None
        if new is not None:
            found.append((column, old, new))
    return _Looked(tuple(row[:width]), found)


def _under_present(vault: Vault, value: bytes, tally: Rotated) -> bytes | None:
    try:
        new = vault.renewed(value)
    except SealBroken:
        tally.unreadable += 1
        return None
    tally.already += new is None
    return new


def _renew(connection: Connection, table: Table, rows: list[_Looked], tally: Rotated) -> None:
    """Replace what is still as it was read. Never waits for a row, so that no webhook and we wait for each other."""
    old = [row for row in rows if row.changes]
    key = list(table.primary_key.columns)
    these = select(*key).where(tuple_(*key).in_([row.key for row in old]))
    ours = {tuple(each) for each in connection.execute(these.with_for_update(skip_locked=True, key_share=True))}
    for row in old:
        this = and_(*(column == value for column, value in zip(key, row.key, strict=True)))
        for column, before, after in row.changes:
            change = update(table).where(this, column == before).values({column: after})
            told = connection.execute(change).rowcount if row.key in ours else 0
            tally.renewed += told
            tally.overtaken += 1 - told
