"""What the console's page of retention shows (`latido.console.retention.source`)."""

from __future__ import annotations

from sqlalchemy import select

from latido.care.services import Care
from latido.console.retention.source import KeptPeriod, Retention
from latido.retention.periods import load_periods
from latido.retention.rounds import overdue
from latido.retention.tables import marks

MOST_OVER = 10_000


def retention_seen(care: Care) -> Retention:
    """The periods in words, with what is over, counted up to MOST_OVER, and what went."""
    periods = load_periods()
    over = overdue(care, periods, MOST_OVER + 1)
    with care.engine.connect() as connection:
        done = {row.period: row for row in connection.execute(select(marks))}
    told = tuple(
        KeptPeriod(
            words=period.words,
            days=period.days,
            counts_from=period.counts_from,
            over=over[name],
            removed=done[name].removed if name in done else 0,
            last_at=done[name].last_at if name in done else None,
        )
        for name, period in periods.periods.items()
    )
    return Retention(periods.version, periods.is_signed, told, MOST_OVER)
