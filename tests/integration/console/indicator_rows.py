"""Figures of two months, as the count writes them: numbers chosen so that each rule of the page shows."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Engine, insert

from latido.indicators.tables import figures

COUNTED = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
# indicator, month, part, of, hits, median, p90
ROWS = (
    ("prenatal_five", "2026-10", "", 200, 110, None, None),
    ("prenatal_five", "2026-11", "", 240, 150, None, None),
    ("pediatric_seven", "2026-11", "", 31, 25, None, None),
    ("first_visit_before_13", "2026-11", "", 0, 0, None, None),
    ("wait_for_first", "2026-11", "", 120, None, 6.0, 18.0),
    ("wait_for_first", "2026-11", "top", 40, None, 2.0, 7.0),
    ("wait_for_first", "2026-11", "priority", 7, None, 1313.0, 1414.0),
    ("wait_for_first", "2026-11", "routine", 73, None, 9.0, 21.0),
    ("conversations", "2026-10", "", 1800, 1800, None, None),
    ("conversations", "2026-11", "", 2412, 2412, None, None),
    ("not_understood", "2026-11", "", 1000, 43, None, None),
    ("danger_answered", "2026-11", "", 30, None, 0.1, 1.2),
    ("danger_not_seen", "2026-11", "", 44, 3, None, None),
    ("within_15_minutes", "2026-11", "walking:", 260, 130, None, None),
    ("within_15_minutes", "2026-11", "walking:4", 120, 84, None, None),
    ("within_15_minutes", "2026-11", "walking:7", 80, 20, None, None),
    ("within_15_minutes", "2026-11", "walking:8", 56, 22, None, None),
    ("within_15_minutes", "2026-11", "walking:13", 4, 4, None, None),
    ("within_15_minutes", "2026-11", "bus:", 260, 200, None, None),
    ("within_15_minutes", "2026-11", "bus:4", 120, 100, None, None),
)


def fill(engine: Engine) -> None:
    """Write them."""
    names = ("indicator", "month", "part", "of", "hits", "median", "p90")
    with engine.begin() as connection:
        connection.execute(
            insert(figures), [dict(zip(names, row, strict=True)) | {"counted_at": COUNTED} for row in ROWS]
        )
