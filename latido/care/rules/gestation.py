"""Gestational age on a day, and which window of a pregnancy an appointment falls into. Pure.

The windows are data (data/care/prenatal_windows.yml) with their source, date and clinical sign-off.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import yaml

WINDOWS_FILE = Path(__file__).resolve().parents[3] / "data" / "care" / "prenatal_windows.yml"
UNKNOWN_WINDOW = "unknown"


@dataclass(frozen=True)
class GestationalAge:
    """Completed weeks, a range because few people know better; true on the day `as_of`."""

    weeks_min: int
    weeks_max: int
    as_of: date
    source: str = "weeks"

    def latest_on(self, day: date) -> int:
        """The upper bound of the completed weeks on another day."""
        return self.weeks_max + (day - self.as_of).days // 7


@dataclass(frozen=True)
class Windows:
    """The windows of a pregnancy in which one appointment is enough."""

    begins_at_week: tuple[int, ...]
    min_between: timedelta

    def window_of(self, age: GestationalAge | None, day: date) -> str:
        """The name of the window a day falls into, such as "w20"; "unknown" when nobody knows the weeks."""
        if age is None:
            return UNKNOWN_WINDOW
        found = bisect_right(self.begins_at_week, max(0, age.latest_on(day))) - 1
        return f"w{self.begins_at_week[found]}"

    def clash(self, one: str, one_day: date, other: str, other_day: date) -> bool:
        """Whether two live appointments of one pregnancy are one too many; unknown weeks clash with everything."""
        if UNKNOWN_WINDOW in (one, other) or one == other:
            return True
        return abs(one_day - other_day) < self.min_between


def load_windows(path: Path = WINDOWS_FILE) -> Windows:
    """Read the data file; KeyError or ValueError names what is missing or wrong in it."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    weeks = tuple(content["begins_at_week"])
    if weeks[:1] != (0,) or list(weeks) != sorted(set(weeks)):
        raise ValueError("begins_at_week must rise from 0")
    return Windows(weeks, timedelta(days=content["min_days_between"]))
