"""Claiming a hundred due reminders among a million, and on a morning when a hundred thousand are due at once.

The claim is one statement and its commit, in a durable embedded Postgres, as a worker makes it (without the check that
follows). Every round claims other rows. For comparison the same without the index on what is due, as in queues that
keep future jobs beside the due ones.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, text, update

from latido.database import analyze, create_engine
from latido.embedded.postgres import EmbeddedPostgres
from latido.reminders.claiming import claim_due, claim_within
from latido.reminders.tables import reminder
from latido.schema import metadata

NOW = datetime(2026, 11, 23, 13, tzinfo=UTC)
LEASE = timedelta(seconds=60)
A_HUNDRED = 100
MORNING = 100_000
RESIDENTS = 20_000
TARGET_MS = 5.0
WITHOUT_INDEX = ("SET LOCAL enable_indexscan = off", "SET LOCAL enable_bitmapscan = off")

# A third is still to come, the others were sent, cancelled or expired; the words are as long as sealed ones.
_LOAD = """
INSERT INTO reminder (key, resident, role, group_key, kind, name, service, due_at, not_after, template,
                      variables_sealed, codes, state, created_at, changed_at)
SELECT 'k' || n, lpad(to_hex(n % :residents), 32, '0'), 'self', 'g' || n / 3, 'appointment', 'confirm', 'prenatal',
       :now + (CASE WHEN n % 3 = 0 THEN 1 ELSE -1 END) * (1 + n % 80000) * interval '1 minute',
       :now + interval '100 days', 'appointment_confirm', decode(repeat('a0', 180), 'hex'), '{}',
       (ARRAY['pending', 'sent', (ARRAY['sent', 'cancelled', 'expired'])[1 + n % 7 % 3]])[1 + n % 3],
       :now - interval '60 days', :now - interval '1 day'
FROM generate_series(0, :count - 1) AS n
"""
_RESIDENTS = """
INSERT INTO resident (key, address_sealed) SELECT lpad(to_hex(n), 32, '0'), '' FROM generate_series(0, :residents) AS n
"""
_FALL_DUE = """
UPDATE reminder SET due_at = :now - random() * interval '1 hour' WHERE id IN (
    SELECT id FROM reminder WHERE state = 'pending' AND due_at > :now ORDER BY random() LIMIT :due)
"""


def main() -> None:
    """Load, claim, and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000, help="rows of reminders")
    parser.add_argument("--rounds", type=int, default=60, help="claims of each kind")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="latido-bench-") as name:
        postgres = EmbeddedPostgres(Path(name) / "postgres")
        try:
            engine = _loaded(postgres.start(), options.count)
            _measure(engine, options.count, options.rounds)
        finally:
            postgres.stop()


def _loaded(url: str, count: int) -> Engine:
    engine = create_engine(url)
    metadata.create_all(engine)
    started = time.perf_counter()
    with engine.begin() as connection:
        connection.execute(text(_RESIDENTS), {"residents": RESIDENTS})
        connection.execute(text(_LOAD), {"count": count, "now": NOW, "residents": RESIDENTS})
    analyze(engine)
    print(f"reminders: {count:,} rows loaded in {time.perf_counter() - started:.0f} s\n")
    return engine


def _measure(engine: Engine, count: int, rounds: int) -> None:
    print(f"| claim of {A_HUNDRED} due among {count:,} | p50, ms | p95, ms | budget, ms |\n|---|---|---|---|")
    _fall_due(engine, rounds * A_HUNDRED)
    _print("as many are due as are claimed in all", [_claim(engine) for _ in range(rounds)])
    _fall_due(engine, MORNING)
    _print(f"{MORNING:,} are due this morning", [_claim(engine) for _ in range(rounds)])
    _print("… with the bound of the message log", [_claim_bounded(engine) for _ in range(rounds)])
    _print("… without an index on what is due", [_claim(engine, WITHOUT_INDEX) for _ in range(min(rounds, 10))])
    _print("for comparison: one row changed and committed", [_one_row(engine) for _ in range(rounds)])


def _fall_due(engine: Engine, due: int) -> None:
    with engine.begin() as connection:
        connection.execute(text(_FALL_DUE), {"now": NOW, "due": due})
    analyze(engine)
    # What a database has behind it that was not filled a second ago.
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM reminder"))
        connection.execute(text("CHECKPOINT"))


def _claim(engine: Engine, before: tuple[str, ...] = ()) -> float:
    def claims() -> int:
        with engine.begin() as connection:
            for statement in before:
                connection.execute(text(statement))
            return len(claim_due(connection, NOW, A_HUNDRED, LEASE)[0])

    return _timed(engine, claims)


def _claim_bounded(engine: Engine) -> float:
    return _timed(engine, lambda: len(claim_within(engine, NOW, A_HUNDRED, A_HUNDRED, LEASE)[0]))


def _one_row(engine: Engine) -> float:
    """What any transaction costs on this machine just now."""
    started = time.perf_counter()
    with engine.begin() as connection:
        connection.execute(update(reminder).where(reminder.c.id == 1).values(attempts=reminder.c.attempts + 1))
    return (time.perf_counter() - started) * 1000


def _timed(engine: Engine, claims: Callable[[], int]) -> float:
    """Milliseconds; what was claimed is settled afterwards, as a sender would, outside the measure."""
    started = time.perf_counter()
    claimed = claims()
    spent = (time.perf_counter() - started) * 1000
    if claimed != A_HUNDRED:
        raise SystemExit(f"{claimed} were claimed, not {A_HUNDRED}: the benchmark measures something else")
    with engine.begin() as connection:
        connection.execute(update(reminder).where(reminder.c.state == "claimed").values(state="sent"))
    return spent


def _print(name: str, spent: list[float]) -> None:
    points = statistics.quantiles(spent, n=20, method="inclusive")
    print(f"| {name} | {points[9]:.1f} | {points[18]:.1f} | {TARGET_MS:.0f} |", flush=True)


if __name__ == "__main__":
    main()
