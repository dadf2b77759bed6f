"""Signed webhook in, reply accepted by the emulator: all real processes on this machine, durable Postgres.

Residents write in parallel, each waiting for her answer before the next message. Emulator and load run on the same
cores as Latido, so the figures are a lower bound. Times are read from the message log itself.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import aliased

from latido.emulator.client import Phone
from latido.messaging.tables import message
from tests.conversation.running import Latido, running_latido

MESSAGES = ("hola", "¿es gratis?", "qué tengo que llevar?", "busco un cesac en barracas", "gracias")


def main() -> None:
    """Let residents chat and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--residents", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=4)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="latido-bench-") as name, running_latido(Path(name)) as latido:
        latido.emulator.limits(pair=False, sender_per_second=None, concurrent_requests=None)
        phones = [latido.emulator.phone(f"+54911{30_000_000 + n}") for n in range(options.residents)]
        _chat(phones, ("hola",))
        started = time.perf_counter()
        _chat(phones, MESSAGES * options.rounds)
        spent = time.perf_counter() - started
        count = options.residents * options.rounds * len(MESSAGES)
        print(f"end to end: {count} turns of {options.residents} residents, {count / spent:.0f} turns/s")
        _print_latencies(latido)


def _chat(phones: Sequence[Phone], texts: Sequence[str]) -> None:
    def one(phone: Phone) -> None:
        for text in texts:
            phone.says(text)
            phone.waits_for_reply(timeout=120, quiet=0)

    with ThreadPoolExecutor(len(phones)) as pool:
        list(pool.map(one, phones))


def _print_latencies(latido: Latido) -> None:
    answer = aliased(message.alias("answer"))
    columns = select(message.c.created_at, message.c.answered_at, answer.c.handed_over_at)
    engine = latido.engine
    with engine.connect() as connection:
        rows = connection.execute(columns.join(answer, answer.c.answers_id == message.c.id)).all()
    engine.dispose()
    _print("stored → answer written", [(row.answered_at - row.created_at).total_seconds() for row in rows])
    sent = [row for row in rows if row.handed_over_at]
    _print("stored → accepted by the emulator", [(row.handed_over_at - row.created_at).total_seconds() for row in sent])


def _print(name: str, seconds: list[float]) -> None:
    points = statistics.quantiles(seconds, n=100)
    print(f"  {name}: p50 {points[49] * 1000:.0f} ms, p95 {points[94] * 1000:.0f} ms, p99 {points[98] * 1000:.0f} ms")


if __name__ == "__main__":
    main()
