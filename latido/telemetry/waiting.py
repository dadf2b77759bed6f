"""The work that waits, read from Postgres when somebody asks: the same numbers from every process that is asked."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

# Several who ask within a few seconds are one question to the database.
KEPT_SECONDS = 5.0
AT_MOST_MS = 2000

# Name, what it says, label, query that gives (label, value) from a partial index: none looks at what is done with.
QUESTIONS = (
    (
        "latido_lanes_due",
        "Residents whose work is due now",
        "lane",
        "SELECT name, count(*) FROM lane WHERE due_at <= now() GROUP BY name",
    ),
    (
        "latido_lane_oldest_due_seconds",
        "How long the longest has been due",
        "lane",
        "SELECT name, extract(epoch FROM now() - min(due_at)) FROM lane WHERE due_at <= now() GROUP BY name",
    ),
    (
        "latido_messages_open",
        "Messages that are not settled, by state",
        "state",
        "SELECT state, count(*) FROM message WHERE state IN ('received', 'queued', 'sending', 'unknown')"
        " GROUP BY state",
    ),
    (
        "latido_reminders_due",
        "Reminders whose time has come, at most 10,000",
        "state",
        "SELECT 'pending', count(*) FROM (SELECT 1 FROM reminder WHERE state = 'pending' AND due_at <= now()"
        " AND message_id IS NULL LIMIT 10000) AS due",
    ),
    (
        "latido_reminder_oldest_due_seconds",
        "How long the first of the reminders has been due",
        "state",
        "SELECT 'pending', extract(epoch FROM now() - due_at) FROM reminder WHERE state = 'pending'"
        " AND due_at <= now() AND message_id IS NULL ORDER BY due_at LIMIT 1",
    ),
    (
        "latido_reminders_under_way",
        "Reminders that are claimed or in the message log",
        "state",
        "SELECT state, count(*) FROM reminder WHERE state IN ('claimed', 'queued') GROUP BY state",
    ),
    (
        "latido_alerts_open",
        "What operators must see and have not settled, by kind",
        "kind",
        "SELECT kind, count(*) FROM alert WHERE resolved_at IS NULL GROUP BY kind",
    ),
    (
        "latido_tickets_open",
        "Conversations that need a person or have one",
        "state",
        "SELECT state, count(*) FROM ticket WHERE state IN ('open', 'taken') GROUP BY state",
    ),
    (
        "latido_ticket_oldest_open_seconds",
        "How long the first has waited for a person",
        "state",
        "SELECT 'open', extract(epoch FROM now() - min(created_at)) FROM ticket WHERE state = 'open'"
        " HAVING min(created_at) IS NOT NULL",
    ),
    (
        "latido_retention_rows_removed",
        "Rows that retention removed or emptied since it runs, by period",
        "period",
        "SELECT period, removed FROM retention_mark",
    ),
    (
        "latido_retention_last_removal_timestamp_seconds",
        "When something was removed last, by period",
        "period",
        "SELECT period, extract(epoch FROM last_at) FROM retention_mark WHERE last_at IS NOT NULL",
    ),
)


class WaitingWork(Collector):
    """Prometheus's view of the queues. `latido_database_up` is 0, and nothing else is told, while Postgres is away."""

    def __init__(self, engine: Engine, kept_seconds: float = KEPT_SECONDS) -> None:
        self._engine = engine
        self._kept_seconds = kept_seconds
        self._lock = threading.Lock()
        self._kept: list[GaugeMetricFamily] = []
        self._kept_until = 0.0

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """The names alone: nobody asks the database when this is registered."""
        return [GaugeMetricFamily(name, says, labels=[label]) for name, says, label, _ in QUESTIONS]

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The queues as they are now, or were a few seconds ago."""
        with self._lock:
            if time.monotonic() >= self._kept_until:
                self._kept = self._asked()
                self._kept_until = time.monotonic() + self._kept_seconds
            yield from self._kept

    def _asked(self) -> list[GaugeMetricFamily]:
        up = GaugeMetricFamily("latido_database_up", "Whether Postgres answers")
        try:
            with self._engine.begin() as connection:
                connection.execute(text(f"SET LOCAL statement_timeout = {AT_MOST_MS}"))
                told = []
                for name, says, label, query in QUESTIONS:
                    family = GaugeMetricFamily(name, says, labels=[label])
                    for value_of_label, value in connection.execute(text(query)):
                        family.add_metric([value_of_label], float(value))
                    told.append(family)
        except SQLAlchemyError:
            up.add_metric([], 0)
            return [up]
        up.add_metric([], 1)
        return [up, *told]
