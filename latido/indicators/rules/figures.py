"""A figure of a month: a count, a share, or a distribution of days or minutes. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Month:
    """A calendar month, named `2026-11`."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Month:
        """The month a day lies in."""
        return cls(day.year, day.month)

    @classmethod
    def named(cls, name: str) -> Month:
        """The month of a name such as `2026-11`; ValueError for any other text."""
        first = date.fromisoformat(f"{name}-01")
        if len(name) != len("2026-11"):
            raise ValueError(f"{name!r} is no month: write it as 2026-11")
        return cls.of(first)

    @property
    def name(self) -> str:
        """`2026-11`."""
        return f"{self.year:04}-{self.number:02}"

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.number, 1)

    def next(self) -> Month:
        """The month after."""
        return Month.of(self.first + timedelta(days=32))

    def before(self) -> Month:
        """The month before."""
        return Month.of(self.first - timedelta(days=1))

    def span(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """From its first moment to that of the next one."""
        return datetime.combine(self.first, time(), zone), datetime.combine(self.next().first, time(), zone)


@dataclass(frozen=True)
class Figure:
    """What was counted for one part ('' is the whole): `of` is the denominator, or how many were measured.

    `hits` is the numerator of a share or a count; `median` and `p90` are of what was measured.
    """

    part: str
    of: int
    hits: int | None = None
    median: float | None = None
    p90: float | None = None

    @property
    def share(self) -> float | None:
        """Between 0 and 1; None when it is no share, or of nothing."""
        return self.hits / self.of if self.hits is not None and self.of else None


def measured(part: str, values: Sequence[float]) -> Figure:
    """The median and the 90th percentile (nearest rank) of what was measured."""
    ranked = sorted(values)
    return Figure(part, len(ranked), None, _rank(ranked, 0.5), _rank(ranked, 0.9))


def _rank(ranked: Sequence[float], share: float) -> float | None:
    return ranked[max(0, math.ceil(share * len(ranked)) - 1)] if ranked else None
