"""A morning with many reminders due at once: how fast they are drained, and what that does to replies.

Everybody was planned the day before, as every day. Real parts: embedded Postgres and Valkey, two workers as processes,
the embedded FHIR server that each reminder's plan is read from anew, the stand-in for Twilio with its rate of 80 a
second, the bridge that takes its receipts. Everything shares this machine's cores, the stand-in too. Replies are queued
every now and then, to others, while the reminders are drained and afterwards; their time is from being queued until
Twilio took them. The processor's time that workers and Postgres took for a reminder tells more on a busy machine than
the clock.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
from sqlalchemy import func, select

from benchmarks.reminder_check import reminders_of
from latido.messaging.inbox import store_inbound
from latido.messaging.messages import InboundMessage, Reply
from latido.messaging.outbox import queue_replies
from latido.messaging.tables import message
from latido.messaging.wakeups import Wakeups
from latido.reminders.rounds import plan_all
from latido.reminders.tables import reminder
from tests.fault.reminder_town import WORKERS, Town, a_town

TALKERS = 40
EVERY_S = 0.5
MORNING = 100_000


def main() -> None:
    """Drain, measure, and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--due", type=int, default=2_000, help="reminders due at once")
    parser.add_argument("--minutes", type=float, default=30.0, help="to wait at most")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="latido-bench-") as name, a_town(Path(name)) as town:
        town.client.limits(pair=False, concurrent_requests=None)
        started = time.perf_counter()
        town.move_in(options.due)
        print(f"{options.due:,} appointments booked in {time.perf_counter() - started:.0f} s", flush=True)
        _plan_ahead(town, options.due)
        talkers = _talkers(town)
        for _ in range(WORKERS):
            town.start_worker()
        _wait_until_workers_send(town, talkers)
        began, busy, already = datetime.now(UTC), _busy(town), _said(town)
        while _said(town) < options.due and datetime.now(UTC) - began < timedelta(minutes=options.minutes):
            _replies(town, talkers, 4)
        calm = datetime.now(UTC)
        _print_busy(town, busy, already)
        _replies(town, talkers, 60)
        time.sleep(5)
        _print_drain(town)
        _print_replies(town, began, calm)


def _plan_ahead(town: Town, count: int) -> None:
    """Everybody is planned once a day, and was when the morning comes: what that costs is told, and not added."""
    reminders = reminders_of(town)
    spent = time.thread_time()
    plan_all(reminders)
    cost = (time.thread_time() - spent) / count * 1000
    print(f"planned the day before: {cost:.0f} ms of processor time each, Postgres's not counted", flush=True)


def _talkers(town: Town) -> list[str]:
    numbers = [f"+54911{70_000_000 + number}" for number in range(TALKERS)]
    for index, number in enumerate(numbers):
        store_inbound(
            town.engine, town.care.vault, InboundMessage(f"SMtalk{index}", f"whatsapp:{number}", "text", "hola")
        )
        town.emulator.phone(number).last_inbound_at = datetime.now(UTC)
    return [town.key(number) for number in numbers]


def _replies(town: Town, talkers: list[str], count: int) -> None:
    wakeups = Wakeups(town.environment["LATIDO_REDIS_URL"])
    for _ in range(count):
        talkers.append(talkers.pop(0))
        with town.engine.begin() as connection:
            queue_replies(connection, town.care.vault, talkers[0], None, [Reply("text", "Hola, acá estoy.")])
        wakeups.notify("send")
        time.sleep(EVERY_S)


def _wait_until_workers_send(town: Town, talkers: list[str]) -> None:
    """What workers need to start is no part of what is measured."""
    _replies(town, talkers, 1)
    sent = select(func.count()).where(message.c.handed_over_at.is_not(None))
    with town.engine.connect() as connection:
        while connection.execute(sent).scalar_one() == 0:
            connection.rollback()
            time.sleep(0.1)


def _said(town: Town) -> int:
    with town.engine.connect() as connection:
        return int(connection.execute(select(func.count()).where(reminder.c.state == "sent")).scalar_one())


def _busy(town: Town) -> dict[str, float]:
    """Seconds of processor time so far."""
    postmaster = psutil.Process(town.postgres.pid or 0)
    parts = {
        "workers": [psutil.Process(each.pid) for each in town.workers],
        "postgres": postmaster.children(recursive=True),
    }
    return {name: sum(sum(each.cpu_times()[:2]) for each in processes) for name, processes in parts.items()}


def _print_busy(town: Town, before: dict[str, float], already: int) -> None:
    said = max(_said(town) - already, 1)
    for name, seconds in _busy(town).items():
        spent = (seconds - before[name]) / said * 1000
        print(f"processor time of {name} for a reminder: {spent:.0f} ms")


def _print_drain(town: Town) -> None:
    said = select(message.c.handed_over_at).where(message.c.reminder_id.is_not(None), message.c.state == "handed_over")
    with town.engine.connect() as connection:
        moments = sorted(connection.execute(said).scalars())
    if len(moments) < 2:
        raise SystemExit("nothing was drained: see the workers' log")
    seconds = (moments[-1] - moments[0]).total_seconds()
    rate = len(moments) / seconds
    print(f"drained: {len(moments):,} in {seconds:.0f} s, {rate:.1f} a second")
    print(f"computed from that, not run: {MORNING:,} in {MORNING / rate / 60:.0f} min\n")


def _print_replies(town: Town, began: datetime, calm: datetime) -> None:
    print("| replies | count | p50, ms | p95, ms | p99, ms |\n|---|---|---|---|---|")
    for name, since, until in (("while draining", began, calm), ("afterwards", calm, datetime.now(UTC))):
        mine = (message.c.direction == "out", message.c.reminder_id.is_(None), message.c.handed_over_at.is_not(None))
        columns = select(message.c.created_at, message.c.handed_over_at).where(*mine)
        with town.engine.connect() as connection:
            rows = connection.execute(columns.where(message.c.created_at.between(since, until))).all()
        spent = [(row.handed_over_at - row.created_at).total_seconds() * 1000 for row in rows]
        points = statistics.quantiles(spent, n=100, method="inclusive")
        print(f"| {name} | {len(spent)} | {points[49]:.0f} | {points[94]:.0f} | {points[98]:.0f} |")


if __name__ == "__main__":
    main()
