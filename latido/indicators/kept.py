"""The figures that were counted and kept, as they are read: by month, and month after month."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, select

from latido.indicators.rules.figures import Figure, Month
from latido.indicators.tables import figures


def figures_of(connection: Connection, month: Month) -> dict[str, list[Figure]]:
    """What was counted for a month, by indicator; empty before it was."""
    rows = connection.execute(select(figures).where(figures.c.month == month.name).order_by(figures.c.part))
    found: dict[str, list[Figure]] = {}
    for row in rows:
        found.setdefault(row.indicator, []).append(Figure(row.part, row.of, row.hits, row.median, row.p90))
    return found


def months_counted(connection: Connection) -> list[Month]:
    """The months of which there are figures, newest first."""
    names = connection.execute(select(figures.c.month).distinct().order_by(figures.c.month.desc())).scalars()
    return [Month.named(name) for name in names]


def counted_at(connection: Connection, month: Month) -> datetime | None:
    """When a month was counted last; None before it was."""
    return connection.execute(select(func.max(figures.c.counted_at)).where(figures.c.month == month.name)).scalar()
