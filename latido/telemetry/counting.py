"""Metrics of one process: its steps, chores, breakers, connections. Labels are names of ours, never a resident."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from prometheus_client import Counter, Gauge, Histogram, Info
from sqlalchemy import Engine, QueuePool

import latido
from tracelog import FinishedStep, tell_of_steps

QUICK = (0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2.5, 5, 10, 20)
SLOW = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)

STEPS = Histogram("latido_step_seconds", "Steps of turns by how they ended", ["step", "outcome"], buckets=QUICK)
ANSWERS = Histogram("latido_answer_seconds", "From her message in the log to its answer at Twilio", buckets=SLOW)
CHORES = Histogram("latido_chore_seconds", "Rounds of housekeeping by chore", ["chore"], buckets=SLOW)
CHORES_FAILED = Counter("latido_chore_failures", "Rounds of housekeeping that failed, by chore", ["chore"])
CHORES_ENDED = Gauge("latido_chore_last_success_timestamp_seconds", "When a chore last went well", ["chore"])
RETENTION_FAILED = Counter("latido_retention_failures", "Rounds in which a period could not be removed", ["period"])
BREAKERS = Gauge("latido_breaker_open", "1 while a service that keeps failing is left alone", ["service"])
CONNECTIONS = Gauge("latido_database_connections", "Connections of this process to Postgres", ["state"])
BUILD = Info("latido_build", "Which Latido runs")


def count_steps() -> None:
    """Count every step that ends in this process from now on."""
    BUILD.info({"version": latido.__version__})
    tell_of_steps(_count)


def _count(finished: FinishedStep) -> None:
    outcome = "raised" if finished.error else str(finished.facts.get("outcome", "done"))
    STEPS.labels(finished.name, outcome).observe(finished.seconds)


@contextmanager
def counted_chore(name: str) -> Iterator[None]:
    """Time one round of a chore, and note whether it went well."""
    began = time.perf_counter()
    try:
        yield
    except Exception:
        CHORES_FAILED.labels(name).inc()
        raise
    CHORES.labels(name).observe(time.perf_counter() - began)
    CHORES_ENDED.labels(name).set_to_current_time()


def count_retention_failure(period: str) -> None:
    """Note that what is over by this period (a name of data/retention.yml) could not be removed."""
    RETENTION_FAILED.labels(period).inc()


def watch_breaker(service: str, is_open: Callable[[], bool]) -> None:
    """Show whether the breaker of a service is open."""
    BREAKERS.labels(service).set_function(lambda: float(is_open()))


def watch_connections(engine: Engine) -> None:
    """Show how many of the pool's connections are in use, and how many wait."""
    pool = engine.pool
    if isinstance(pool, QueuePool):
        CONNECTIONS.labels("in_use").set_function(pool.checkedout)
        CONNECTIONS.labels("idle").set_function(pool.checkedin)
