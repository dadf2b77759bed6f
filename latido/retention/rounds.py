"""One round of retention: every period in small batches, each its own transaction, so that nobody waits for it."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from time import perf_counter, sleep

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert

from latido.care.services import Care
from latido.retention import conversation, silent
from latido.retention.periods import Periods
from latido.retention.sweeps import SWEEPS, count_over, sweep_batch
from latido.retention.tables import marks
from latido.telemetry.counting import count_retention_failure

log = logging.getLogger(__name__)

BATCH = 500
RESIDENTS = 20
MOST_BATCHES = 200
SHORTEST_REST = 0.05
Gone = Counter[str]
Rest = Callable[[float], object]
Step = Callable[[Connection], tuple[int, int]]
"""One batch: how many rows it looked at (none: nothing is left), and how many it removed or emptied."""


def retain(care: Care, periods: Periods, batch: int = BATCH, most: int = MOST_BATCHES, rest: Rest = sleep) -> Gone:
    """Remove what is over, `most` batches a period at most; returns how many rows went, by period.

    After each batch it rests (seconds) as long as the batch took, so that who waits for an answer comes first. A
    period that fails keeps no other from going; the first error is raised when all had their turn.
    """
    removed, errors = Gone(), list[Exception]()
    for name, step in _steps(care, periods, batch).items():
        try:
            for gone in islice(_batches(care, name, step, rest), most):
                removed[name] += gone
        except Exception as error:
            errors.append(error)
            count_retention_failure(name)
            log.error("retention: %s failed (%s)", name, type(error).__name__)
        if removed[name]:
            log.info("retention: %s, %d rows", name, removed[name])
    if errors:
        raise errors[0]
    return removed


def _batches(care: Care, name: str, step: Step, rest: Rest) -> Iterator[int]:
    """How many rows went with each batch, until nothing is left."""
    while True:
        began = perf_counter()
        with care.engine.begin() as connection:
            _mark(connection, name)
            looked_at, gone = step(connection)
            if gone:
                _note(connection, name, gone, care.now())
        yield gone
        if not looked_at:
            return
        rest(max(SHORTEST_REST, perf_counter() - began))


def overdue(care: Care, periods: Periods, most: int | None = None) -> dict[str, int]:
    """How many rows of each period are over and still there, each counted up to `most`."""
    befores = {name: period.before(care.now()) for name, period in periods.periods.items()}
    with care.engine.connect() as connection:
        counts = {each.period: count_over(connection, each, befores[each.period], most) for each in SWEEPS}
        counts[conversation.PERIOD] = conversation.count_old(connection, befores[conversation.PERIOD], most)
        counts[silent.PERIOD] = silent.count_silent(connection, befores[silent.PERIOD], most)
    return {name: counts[name] for name in periods.periods}


def _steps(care: Care, periods: Periods, batch: int) -> dict[str, Step]:
    now = care.now()
    befores = {name: period.before(now) for name, period in periods.periods.items()}

    def words(connection: Connection) -> tuple[int, int]:
        return conversation.empty_piece(connection, care.vault, befores[conversation.PERIOD], now, batch)

    def residents(connection: Connection) -> tuple[int, int]:
        gone = silent.forget_silent(connection, care, befores[silent.PERIOD], min(batch, RESIDENTS))
        return gone, gone

    steps: dict[str, Step] = {}
    for each in SWEEPS:
        steps[each.period] = _sweeping(care, each.period, befores[each.period], batch)
    return steps | {conversation.PERIOD: words, silent.PERIOD: residents}


def _sweeping(care: Care, period: str, before: datetime, batch: int) -> Step:
    (sweep,) = (each for each in SWEEPS if each.period == period)

    def step(connection: Connection) -> tuple[int, int]:
        gone = sweep_batch(connection, sweep, care.vault, before, batch)
        return gone, gone

    return step


def _mark(connection: Connection, period: str) -> None:
    connection.execute(insert(marks).values(period=period).on_conflict_do_nothing())


def _note(connection: Connection, period: str, gone: int, now: datetime) -> None:
    more = {"removed": marks.c.removed + gone, "last_at": now}
    connection.execute(marks.update().where(marks.c.period == period).values(more))
