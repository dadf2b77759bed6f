"""Which window of a childhood an appointment falls into. Pure.

The windows are data (data/care/pediatric_calendar.yml) with their source, date and clinical sign-off.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import yaml

from latido.care.rules.calendar import Age
from latido.care.rules.calendar_data import PEDIATRIC_CALENDAR, BadCalendar, read_age
from latido.care.rules.gestation import UNKNOWN_WINDOW, too_close


@dataclass(frozen=True)
class ChildWindows:
    """The windows of a childhood in which one appointment is enough."""

    begins_at: tuple[Age, ...]
    min_between: timedelta

    def window_of(self, born_on: date | None, day: date) -> str:
        """The name of the window a day falls into, such as "m2" or "d7"; "unknown" when nobody knows the birth date."""
        if born_on is None:
            return UNKNOWN_WINDOW
        found = bisect_right(self.begins_at, day, key=lambda age: age.reached_on(born_on)) - 1
        age = self.begins_at[max(0, found)]
        return f"m{age.months}" if age.months else f"d{age.days}"

    def clash(self, one: str, one_day: date, other: str, other_day: date) -> bool:
        """Whether two live appointments of one child are one too many."""
        return too_close(one, one_day, other, other_day, self.min_between)


def load_child_windows(path: Path = PEDIATRIC_CALENDAR) -> ChildWindows:
    """Read the data file; BadCalendar or KeyError says what is missing or wrong in it."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))["booking_windows"]
    begins = tuple(read_age(each) for each in content["begins_at"])
    if begins[:1] != (Age(0, 0),) or list(begins) != sorted(set(begins)) or any(a.months and a.days for a in begins):
        raise BadCalendar("booking_windows: begins_at must rise from 0d, each in days or in whole months")
    return ChildWindows(begins, timedelta(days=content["min_days_between"]))
