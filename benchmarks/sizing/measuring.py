"""What conversations leave behind: sizes of tables, WAL, sessions in Valkey, and a copy, before and after some more.

The difference between two looks is divided by the conversations between them, so that what an empty database weighs,
and the pages every table and index begins with, are not counted as theirs.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import redis
from sqlalchemy import Engine, text

from benchmarks.sizing.chats import hold
from latido.backup.dumping import dump
from latido.embedded.valkey import EmbeddedValkey
from tests.conversation.running import Latido, running_latido

WARM_UP = 20
SETTLED_WITHIN = 600.0
_SIZES = text(
    "SELECT c.relname, pg_table_size(c.oid) AS rows, pg_indexes_size(c.oid) AS indexes FROM pg_class c"
    " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname = 'public'"
)
_WAL = "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')"
# To what an operator knows them as; what is not named is counted together.
GROUPS = {
    "messages": ("message",),
    "receipts": ("receipt",),
    "health record": ("fhir_",),
    "search of the console": ("conversation", "search_word"),
}


@dataclass(frozen=True)
class Look:
    """The database and Valkey at one moment; bytes."""

    tables: dict[str, int]
    packed: dict[str, int]  # after VACUUM FULL: without the room that updates leave for what comes next
    wal: int
    wal_at_end: int
    copy: int
    messages: int
    receipts: int


@dataclass(frozen=True)
class Measured:
    """Of one conversation, on average; bytes, but for the counts."""

    conversations: int
    hers: float
    messages: float
    receipts: float
    tables: dict[str, float] = field(default_factory=dict)
    packed: float = 0.0
    wal: float = 0.0
    copy: float = 0.0
    session: float = 0.0
    longest_session: float = 0.0


def measure(conversations: int) -> Measured:
    """Hold so many conversations with every real process, and look before and after."""
    with TemporaryDirectory(prefix="latido-bench-") as folder, running_latido(Path(folder)) as latido:
        hold(latido, 0, WARM_UP)
        before = _look(latido)
        hers = hold(latido, WARM_UP, conversations)
        after = _look(latido)
        sessions = _sessions(latido)
    return Measured(
        conversations=conversations,
        hers=hers / conversations,
        messages=(after.messages - before.messages) / conversations,
        receipts=(after.receipts - before.receipts) / conversations,
        tables={group: (size - before.packed[group]) / conversations for group, size in after.tables.items()},
        packed=(sum(after.packed.values()) - sum(before.packed.values())) / conversations,
        wal=(after.wal - before.wal_at_end) / conversations,
        copy=(after.copy - before.copy) / conversations,
        session=sum(sessions) / len(sessions),
        longest_session=max(sessions),
    )


def _look(latido: Latido) -> Look:
    engine = latido.engine
    try:
        _wait_until_settled(engine)
        wal = _number(engine, _WAL)
        tables = _tables(engine)
        messages, receipts = (_number(engine, f"SELECT count(*) FROM {name}") for name in ("message", "receipt"))
        with TemporaryDirectory() as folder:
            copied = Path(folder) / "copy"
            dump(engine.url.render_as_string(hide_password=False), copied)
            copy = copied.stat().st_size
        _statement(engine, "VACUUM FULL")
        return Look(tables, _tables(engine), wal, _number(engine, _WAL), copy, messages, receipts)
    finally:
        engine.dispose()


def _wait_until_settled(engine: Engine) -> None:
    """All receipts have come, and the console's index has read all days."""
    deadline = time.monotonic() + SETTLED_WITHIN
    waits = (
        "SELECT count(*) FROM message WHERE direction = 'out' AND status IS DISTINCT FROM 'read'"
        " AND status IS DISTINCT FROM 'delivered'",
        "SELECT count(*) FROM conversation_stale",
    )
    while any(_number(engine, wait) for wait in waits) and time.monotonic() < deadline:
        time.sleep(1)


def _tables(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        rows = connection.execute(_SIZES).all()
    sizes = dict.fromkeys((*GROUPS, "all other"), 0)
    for row in rows:
        sizes[_group(row.relname)] += row.rows + row.indexes
    return sizes


def _group(table: str) -> str:
    return next((group for group, names in GROUPS.items() if table.startswith(names)), "all other")


def _number(engine: Engine, query: str) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text(query)).scalar_one())


def _statement(engine: Engine, statement: str) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))


def _sessions(latido: Latido) -> list[int]:
    """Bytes of each session that Valkey holds."""
    client = redis.Redis.from_url(EmbeddedValkey.url_of_running(latido.data_dir / "valkey") or "")
    return [int(client.memory_usage(key, samples=0) or 0) for key in client.scan_iter("latido:tracker:*")]
