"""Gestational age on a day, when the birth is due, and which window of a pregnancy an appointment falls into. Pure.

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
# From the first day of the last period to the due date; the one convention, everywhere.
PREGNANCY = timedelta(days=280)
# Nobody is pregnant for longer: what was told is old, or is about another pregnancy.
LONGEST_WEEKS = 44
# How well each way of telling knows it; what is known better is not replaced by what is known worse.
TRUST = {"lmp": 4, "ultrasound": 4, "due_date": 3, "weeks": 2, "months": 1, "trimester": 0}


@dataclass(frozen=True)
class GestationalAge:
    """Completed weeks, a range because few people know better; true on the day `as_of`.

    `lmp`: the first day of the last period, where it is known; then the weeks follow from it.
    """

    weeks_min: int
    weeks_max: int
    as_of: date
    source: str = "weeks"
    lmp: date | None = None

    def latest_on(self, day: date) -> int:
        """The upper bound of the completed weeks on another day."""
        return (day - self.lmp).days // 7 if self.lmp else self.weeks_max + (day - self.as_of).days // 7

    def earliest_on(self, day: date) -> int:
        """The lower bound of the completed weeks on another day."""
        return (day - self.lmp).days // 7 if self.lmp else self.weeks_min + (day - self.as_of).days // 7

    @property
    def last_period(self) -> tuple[date, date]:
        """Between which days the last period began: one day when it is known."""
        if self.lmp is not None:
            return self.lmp, self.lmp
        return self.as_of - timedelta(days=7 * self.weeks_max + 6), self.as_of - timedelta(weeks=self.weeks_min)

    @property
    def due(self) -> tuple[date, date]:
        """Between which days the birth is due."""
        first, last = self.last_period
        return first + PREGNANCY, last + PREGNANCY

    def is_over_on(self, day: date) -> bool:
        """Whether nobody can still be pregnant with it on that day."""
        return self.earliest_on(day) > LONGEST_WEEKS

    def better_of(self, newer: GestationalAge | None) -> GestationalAge:
        """What to keep when she tells it again: the newer one, unless it knows worse."""
        if newer is None or TRUST.get(newer.source, 2) < TRUST.get(self.source, 2):
            return self
        return newer


def age_by_last_period(lmp: date, today: date) -> GestationalAge:
    """The gestational age by the first day of the last period; ValueError when that cannot be."""
    days = (today - lmp).days
    if days < 0:
        raise ValueError("the last period cannot be in the future: ask for the date once more")
    if days > 7 * LONGEST_WEEKS:
        raise ValueError(f"the last period is more than {LONGEST_WEEKS} weeks ago: ask for the date once more")
    return GestationalAge(days // 7, days // 7, today, "lmp", lmp)


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
        return too_close(one, one_day, other, other_day, self.min_between)


def too_close(one: str, one_day: date, other: str, other_day: date, min_between: timedelta) -> bool:
    """Whether two appointments are of one window, or nearer than allowed; an unknown window is every window."""
    if UNKNOWN_WINDOW in (one, other) or one == other:
        return True
    return abs(one_day - other_day) < min_between


def load_windows(path: Path = WINDOWS_FILE) -> Windows:
    """Read the data file; KeyError or ValueError names what is missing or wrong in it."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    weeks = tuple(content["begins_at_week"])
    if weeks[:1] != (0,) or list(weeks) != sorted(set(weeks)):
        raise ValueError("begins_at_week must rise from 0")
    return Windows(weeks, timedelta(days=content["min_days_between"]))
