"""When check-ups, studies and vaccines are due, for this pregnancy or this baby. Pure.

The calendars are data (data/care/*_calendar.yml, vaccines.yml). Nothing here says what to do about what is past.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, Protocol

from latido.care.rules.growth import months_after

Kind = Literal["checkup", "study", "vaccine"]
State = Literal["past", "now", "next", "later"]
KINDS: tuple[Kind, ...] = ("checkup", "study", "vaccine")
A_DAY = timedelta(days=1)


class Window(Protocol):
    """From when to when something is due, counted from a day: the last period, or the birth."""

    def dates(self, day: date) -> tuple[date, date]:
        """The first and the last day, both included."""


@dataclass(frozen=True)
class WeeksWindow:
    """Days since the first day of the last period, both included."""

    first_day: int
    last_day: int

    def dates(self, day: date) -> tuple[date, date]:
        """The first and the last day for a last period that began on `day`."""
        return day + timedelta(days=self.first_day), day + timedelta(days=self.last_day)


@dataclass(frozen=True, order=True)
class Age:
    """An age in months and days."""

    months: int
    days: int

    def reached_on(self, born_on: date) -> date:
        """The day on which somebody born then is so old."""
        return months_after(born_on, self.months) + timedelta(days=self.days)


@dataclass(frozen=True)
class AgeWindow:
    """From an age until the day before another."""

    begins: Age
    before: Age

    def dates(self, day: date) -> tuple[date, date]:
        """The first and the last day for somebody born on `day`."""
        return self.begins.reached_on(day), self.before.reached_on(day) - A_DAY


@dataclass(frozen=True)
class Item:
    """Something that is due. `born_from`, `born_before`: for whom; None: for everybody."""

    kind: Kind
    code: str
    title: str
    detail: str | None
    window: Window
    born_from: date | None = None
    born_before: date | None = None

    def is_for(self, born_on: date) -> bool:
        """Whether it is for somebody born (or whose last period began) on that day."""
        return (self.born_from is None or born_on >= self.born_from) and (
            self.born_before is None or born_on < self.born_before
        )


@dataclass(frozen=True)
class Calendar:
    """What is due in a pregnancy or a childhood. `past`: the words in place of the detail of what is past, by kind."""

    version: str
    official_minimum: int
    sources: tuple[Mapping[str, str], ...]
    items: tuple[Item, ...]
    past: Mapping[str, str]


@dataclass(frozen=True)
class Planned:
    """An item with its dates: where the beginning is a range, the days within which it surely lies."""

    kind: Kind
    code: str
    title: str
    detail: str | None
    first: date
    last: date
    state: State


def plan(calendar: Calendar, begins: tuple[date, date], today: date) -> list[Planned]:
    """All items in order of time; `begins`: between which days the last period began, or the birth (twice the same).

    Where that is a range, every date of an item is a range that holds for each day of it. A study or vaccine is past
    when it surely is; the check-ups, a rhythm, follow the middle of the range, so that one of them is the next.
    """
    earliest, latest = begins
    middle = earliest + (latest - earliest) // 2
    spans = [(item, _span(item, earliest, latest), item.window.dates(middle)) for item in calendar.items]
    shown = [each for each in spans if each[0].is_for(middle)]
    ruling = [(item, by_middle if item.kind == "checkup" else span) for item, span, by_middle in shown]
    states = _states(ruling, today)
    planned = [_planned(calendar, item, span, state) for (item, span, _), state in zip(shown, states, strict=True)]
    return sorted(planned, key=lambda one: (one.first, one.last, KINDS.index(one.kind), one.code))


def _span(item: Item, earliest: date, latest: date) -> tuple[date, date]:
    return item.window.dates(earliest)[0], item.window.dates(latest)[1]


def _states(ruling: Sequence[tuple[Item, tuple[date, date]]], today: date) -> list[State]:
    """The state of each. Of a kind that has nothing now, what begins first is next, with what begins the same day."""
    busy = {item.kind for item, (first, last) in ruling if first <= today <= last}
    starts = {kind: _first_after(ruling, kind, today) for kind in KINDS if kind not in busy}
    return [_state(first, last, today, starts.get(item.kind)) for item, (first, last) in ruling]


def _first_after(ruling: Iterable[tuple[Item, tuple[date, date]]], kind: Kind, today: date) -> date | None:
    return min((first for item, (first, _) in ruling if item.kind == kind and first > today), default=None)


def _state(first: date, last: date, today: date, next_start: date | None) -> State:
    if last < today:
        return "past"
    if first <= today:
        return "now"
    return "next" if first == next_start else "later"


def _planned(calendar: Calendar, item: Item, span: tuple[date, date], state: State) -> Planned:
    detail = calendar.past.get(item.kind, item.detail) if state == "past" else item.detail
    return Planned(item.kind, item.code, item.title, detail, *span, state)
