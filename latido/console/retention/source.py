"""Where it comes from: the console knows neither the periods nor the tables of the other parts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class KeptPeriod:
    """One kind of thing, in words: `days` from when, how many are over and still there, how many went."""

    words: str
    days: int
    counts_from: str
    over: int
    removed: int
    last_at: datetime | None


@dataclass(frozen=True)
class Retention:
    """All periods; `is_signed`: a lawyer confirmed them. `most_over`: counted no further than that."""

    version: str
    is_signed: bool
    periods: tuple[KeptPeriod, ...]
    most_over: int


RetentionOf = Callable[[], Retention]


def nothing_kept() -> Retention:
    """In place of it where the console stands alone."""
    return Retention("", False, (), 0)
