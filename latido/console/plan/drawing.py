"""Where each thing of a plan stands on the drawing: days become places, lanes keep apart what overlaps. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from latido.timeline import Item, Note, PersonPlan, Visit

WIDTH, LEFT, RIGHT = 1120, 96, 12
TOP, ROW, BAR, GAP = 34, 26, 18, 12
BACK, AHEAD, LEAST = timedelta(days=140), timedelta(days=220), timedelta(days=90)
LETTER = 6.4  # about how wide a letter of a bar's title is
INSET = 5  # between the words and the bar's end
DOT = 16
Thing = TypeVar("Thing")


@dataclass(frozen=True)
class Bar:
    """Days from and to. `label` is written into it: the title where it fits, else its number; else beside it."""

    x: float
    y: float
    width: float
    state: str
    title: str
    first: date
    last: date
    label: str
    label_x: float
    beside: bool


@dataclass(frozen=True)
class Dot:
    """A moment: an appointment or a reminder."""

    x: float
    y: float
    state: str
    title: str
    at: datetime


@dataclass(frozen=True)
class Lane:
    """One kind of thing; `rows` of it lie below each other so that nothing covers another."""

    name: str
    y: float
    height: float


@dataclass(frozen=True)
class Tick:
    """The first of a month."""

    x: float
    month: date


@dataclass(frozen=True)
class Drawing:
    """All places, in the units of the view box."""

    width: int
    height: float
    left: float
    today: float
    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]
    bars: tuple[Bar, ...]
    visits: tuple[Dot, ...]
    notes: tuple[Dot, ...]


@dataclass(frozen=True)
class Axis:
    """The days that are drawn, and where each lies."""

    first: date
    last: date
    zone: ZoneInfo

    def x(self, day: date) -> float:
        """The place of the beginning of a day, within the drawing."""
        share = (day - self.first).days / max((self.last - self.first).days, 1)
        return round(LEFT + min(max(share, 0.0), 1.0) * (WIDTH - LEFT - RIGHT), 1)

    def at(self, moment: datetime) -> float:
        """The place of a moment's day."""
        return self.x(moment.astimezone(self.zone).date())

    def holds(self, first: date, last: date) -> bool:
        """Whether any of these days is drawn."""
        return last >= self.first and first <= self.last


def drawing_of(person: PersonPlan, now: datetime, zone: ZoneInfo) -> Drawing:
    """The plan of one person around today: some months back, some more ahead."""
    axis = axis_for(person, now.astimezone(zone).date(), zone)
    y, lanes, bars = float(TOP), list[Lane](), list[Bar]()
    for kind in ("checkup", "study", "vaccine"):
        items = [one for one in person.items if one.kind == kind and axis.holds(one.first, one.last)]
        placed, rows = _packed(items, lambda one: _taken(_bar(axis, one, 0.0)))
        bars += [_bar(axis, one, y + row * ROW) for one, row in placed]
        lanes, y = _lane(lanes, kind, y, rows)
    visits = [one for one in person.visits if _is_drawn(axis, one.start)]
    dots, lanes, y = _dots(axis, "visit", visits, lanes, y)
    notes = [one for one in person.notes if _is_drawn(axis, one.at)]
    said, lanes, y = _dots(axis, "note", notes, lanes, y)
    today = axis.at(now)
    return Drawing(WIDTH, y, LEFT, today, tuple(lanes), _ticks(axis), tuple(bars), tuple(dots), tuple(said))


def axis_for(person: PersonPlan, today: date, zone: ZoneInfo) -> Axis:
    """From what there is of her calendar, but no more than can be read."""
    firsts, lasts = [one.first for one in person.items], [one.last for one in person.items]
    first = max(min([*firsts, today - LEAST]), today - BACK)
    last = min(max([*lasts, today + LEAST]), today + AHEAD)
    return Axis(first, last, zone)


def _is_drawn(axis: Axis, moment: datetime) -> bool:
    day = moment.astimezone(axis.zone).date()
    return axis.holds(day, day)


def _bar(axis: Axis, item: Item, y: float) -> Bar:
    x = axis.x(item.first)
    width = round(max(axis.x(item.last + timedelta(days=1)) - x, 4.0), 1)
    label, label_x, beside = _written(item.title, x, width)
    return Bar(x, y, width, item.state, item.title, item.first, item.last, label, label_x, beside)


def _written(title: str, x: float, width: float) -> tuple[str, float, bool]:
    """What is written of a bar, from where, and whether beside it: after it or, at the drawing's end, before it."""
    number = re.search(r"\d[\d-]*", title)
    for words, least in ((title, INSET), (number[0] if number else "", 1)):
        spare = (width - len(words) * LETTER) / 2
        if words and spare >= least:
            return words, round(x + min(INSET, spare), 1), False
    length = len(title) * LETTER
    after = x + width + INSET
    return title, round(after if after + length <= WIDTH else x - INSET - length, 1), True


def _taken(bar: Bar) -> tuple[float, float]:
    """From where to where nothing else may stand in its row; a rounding of days to places is no overlap."""
    ends = bar.label_x + len(bar.label) * LETTER + INSET if bar.beside else 0.0
    return min(bar.x, bar.label_x), max(bar.x + bar.width - 0.2, ends)


def _dots(
    axis: Axis, name: str, found: Sequence[Visit | Note], lanes: list[Lane], y: float
) -> tuple[list[Dot], list[Lane], float]:
    placed, rows = _packed(found, lambda one: (axis.at(_moment(one)) - DOT / 2, axis.at(_moment(one)) + DOT / 2))
    dots = [_dot(axis, one, y + row * ROW + BAR / 2) for one, row in placed]
    lanes, y = _lane(lanes, name, y, rows)
    return dots, lanes, y


def _moment(one: Visit | Note) -> datetime:
    return one.start if isinstance(one, Visit) else one.at


def _dot(axis: Axis, one: Visit | Note, y: float) -> Dot:
    if isinstance(one, Visit):
        return Dot(axis.at(one.start), y, one.state, one.title, one.start)
    return Dot(axis.at(one.at), y, one.fate, one.name, one.at)


def _lane(lanes: list[Lane], name: str, y: float, rows: int) -> tuple[list[Lane], float]:
    """The lanes with one more, and where the next begins; nothing where there is nothing to show."""
    if rows == 0:
        return lanes, y
    height = rows * ROW
    return [*lanes, Lane(name, y, height)], y + height + GAP


def _packed(
    things: Iterable[Thing], span: Callable[[Thing], tuple[float, float]]
) -> tuple[list[tuple[Thing, int]], int]:
    """Each with the first row in which nothing is in its way, and how many rows there are."""
    ends: list[float] = []
    placed = []
    for thing in sorted(things, key=span):
        begins, until = span(thing)
        row = next((number for number, end in enumerate(ends) if end <= begins), len(ends))
        if row == len(ends):
            ends.append(until)
        else:
            ends[row] = until
        placed.append((thing, row))
    return placed, len(ends)


def _ticks(axis: Axis) -> tuple[Tick, ...]:
    month = axis.first.replace(day=1)
    ticks = []
    while month <= axis.last:
        if month >= axis.first:
            ticks.append(Tick(axis.x(month), month))
        month = (month + timedelta(days=32)).replace(day=1)
    return tuple(ticks)
