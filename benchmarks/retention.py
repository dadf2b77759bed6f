"""Retention among a million messages: how long its batches take, what they do to the sender, and what a download costs.

Real Postgres, the real steps of a round. Beside them a thread does to the message log what the sender does, over and
over: queue a reply, mark it as being sent, mark it as handed over, each in a transaction of its own, for the residents
whose old messages are being emptied. Its time with retention and without is what matters; memory is this process's.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
from sqlalchemy import Engine, insert, text, update

from latido.console.export.conversations import COLUMNS, lines_of
from latido.console.export.download import Sent, sheet_file
from latido.console.export.sheets import Sheet
from latido.console.visits import Console
from latido.crypto import Vault
from latido.database import analyze, create_engine
from latido.embedded.postgres import EmbeddedPostgres
from latido.messaging.messages import Reply
from latido.messaging.outbox import queue_replies
from latido.messaging.tables import message
from latido.retention.conversation import PERIOD, count_old, empty_piece
from latido.retention.rounds import BATCH
from latido.retention.sweeps import SWEEPS, count_over, sweep_batch
from latido.retention.tables import marks
from latido.schema import metadata

SPAN = timedelta(days=730)
YEAR = timedelta(days=365)
Work = Callable[[], object]


def main() -> None:
    """Load, measure, and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--residents", type=int, default=50_000)
    parser.add_argument("--seconds", type=float, default=15.0, help="of each measurement")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="latido-bench-") as name:
        postgres = EmbeddedPostgres(Path(name) / "postgres")
        try:
            engine = create_engine(postgres.start())
            load(engine, options.messages, options.residents)
            _measure(engine, Vault("benchmark"), options.seconds, options.residents)
        finally:
            postgres.stop()


def load(engine: Engine, messages: int, residents: int) -> None:
    """Two years of messages, evenly, each with its receipt; without triggers, which would be asked for every row."""
    metadata.create_all(engine)
    began, started = datetime.now(UTC) - SPAN, time.perf_counter()
    key = f"lpad(to_hex(n % {residents}), 32, '0')"
    moment = f"'{began.isoformat()}'::timestamptz + n * interval '{SPAN.total_seconds() / messages} seconds'"
    numbers = f"generate_series(0, {messages - 1}) n"
    with engine.begin() as connection:
        for statement in (
            "SET LOCAL session_replication_role = replica",
            f"INSERT INTO resident (key, address_sealed) SELECT {key}, 'x' FROM generate_series(0, {residents - 1}) n",
            "INSERT INTO message (resident, direction, kind, state, provider_sid, text, content_sealed, created_at) "
            f"SELECT {key}, 'in', 'text', 'answered', 'SM' || n, repeat('estoy de 5 meses ', 4), "
            f"convert_to(repeat('gAAAAA', 50), 'UTF8'), {moment} FROM {numbers} ORDER BY n",
            f"INSERT INTO receipt (provider_sid, status, created_at) SELECT 'SM' || n, 'read', {moment} FROM {numbers}",
            "INSERT INTO conversation (resident, last_message_id) SELECT resident, max(id) FROM message GROUP BY 1",
        ):
            connection.execute(text(statement))
        connection.execute(insert(marks).values(period=PERIOD))
    analyze(engine)
    print(f"{messages:,} messages of {residents:,} residents loaded in {time.perf_counter() - started:.0f} s\n")
    print("| what | n | p50 ms | p95 ms | longest ms |\n|---|---:|---:|---:|---:|")


def _measure(engine: Engine, vault: Vault, seconds: float, residents: int) -> None:
    now = datetime.now(UTC)
    (receipts,) = (each for each in SWEEPS if each.period == "receipts")

    def words() -> object:
        with engine.begin() as connection:
            return empty_piece(connection, vault, now - YEAR, now, BATCH)

    def swept() -> object:
        with engine.begin() as connection:
            return sweep_batch(connection, receipts, vault, now - timedelta(days=90), BATCH)

    def counted(before: datetime) -> object:
        with engine.connect() as connection:
            count_over(connection, receipts, before, 10_000)
            return count_old(connection, before, 10_000)

    _say("the sender, alone", _beside(engine, vault, residents, lambda: time.sleep(0.05), seconds)[0])
    for name, work in (("messages", words), ("receipts", swept)):
        sending, batches = _beside(engine, vault, residents, work, seconds)
        _say(f"the sender, while {name} go without a pause", sending)
        _say(f"a batch of {BATCH} {name}", batches)
    _say("the page counts what is over, and there is much", [_timed(lambda: counted(now - YEAR)) for _ in range(10)])
    _say("the page counts what is over, and there is nothing", [_timed(lambda: counted(now - SPAN)) for _ in range(10)])
    _download(engine, vault)


def _beside(
    engine: Engine, vault: Vault, residents: int, work: Work, seconds: float
) -> tuple[list[float], list[float]]:
    """The sender's times and those of `work`, each done over and over for so many seconds."""
    sending: list[float] = []
    stop = threading.Event()

    def sends() -> None:
        number = 0
        while not stop.is_set():
            number = (number + 7919) % residents
            key = f"{number:032x}"
            sending.append(_timed(lambda: _send(engine, vault, key)))  # noqa: B023 - called at once

    thread = threading.Thread(target=sends)
    thread.start()
    ends, worked = time.perf_counter() + seconds, []
    while time.perf_counter() < ends:
        worked.append(_timed(work))
    stop.set()
    thread.join()
    return sending, worked


def _send(engine: Engine, vault: Vault, key: str) -> None:
    with engine.begin() as connection:
        [number] = queue_replies(connection, vault, key, None, [Reply("text", "Hola")])
    for state in ("sending", "handed_over"):
        with engine.begin() as connection:
            connection.execute(update(message).where(message.c.id == number).values(state=state))


def _download(engine: Engine, vault: Vault) -> None:
    """All conversations as a file, thrown away as it comes."""
    console = Console(engine, vault, False, lambda: datetime.now(UTC))
    process, sent = psutil.Process(), Sent()
    sheet = Sheet("conversations", COLUMNS, lines_of("https://example.org/console"))
    before, started, size, most = process.memory_info().rss, time.perf_counter(), 0, 0
    for piece in sheet_file(console, sheet, "csv").pieces(sent):
        size, most = size + len(piece), max(most, process.memory_info().rss)
    took = time.perf_counter() - started
    mb, grown = size / 2**20, max(0, most - before) / 2**20
    print(f"\nA download of {sent.rows:,} conversations: {mb:.1f} MB in {took:.1f} s; memory grew by {grown:.1f} MB.")


def _timed(work: Work) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def _say(what: str, times: list[float]) -> None:
    p95 = statistics.quantiles(times, n=20, method="inclusive")[-1] if len(times) > 1 else times[0]
    print(f"| {what} | {len(times)} | {statistics.median(times):.1f} | {p95:.1f} | {max(times):.1f} |", flush=True)


if __name__ == "__main__":
    main()
