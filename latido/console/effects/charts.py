"""The geometry of a chart of intervals: positions in the units of its SVG. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from latido.experiments.rules.intervals import Interval

WIDTH, LEFT, RIGHT = 400, 12, 388
LINE, TOP, AXIS = 30, 16, 24
# Ends of the axis that divide into four or five round steps, in points of a hundred.
ENDS = (1, 2, 4, 5, 10, 20, 25, 40, 50, 60, 80, 100)
STEPS = {1: 5, 2: 4, 4: 4, 5: 5, 10: 5, 20: 4, 25: 5, 40: 4, 50: 5, 60: 4, 80: 4, 100: 4}


@dataclass(frozen=True)
class Bar:
    """One interval with its point; None for an arm whose numbers are hidden."""

    y: float
    low: float
    point: float
    high: float


@dataclass(frozen=True)
class Tick:
    """A mark of the axis; `of_a_hundred` is what stands below it."""

    x: float
    of_a_hundred: float


@dataclass(frozen=True)
class Chart:
    """Everything an SVG needs; `bars` has one place for each interval, in order."""

    height: float
    bars: tuple[Bar | None, ...]
    ticks: tuple[Tick, ...]
    axis_y: float


def chart_of(intervals: Sequence[Interval | None]) -> Chart:
    """A line for each interval, on one axis from nought to a round number above the highest end."""
    highest = max((each.high * 100 for each in intervals if each), default=0.0)
    end = next((each for each in ENDS if each >= highest), ENDS[-1])
    bars = tuple(_bar(each, TOP + number * LINE, end) if each else None for number, each in enumerate(intervals))
    axis_y = TOP + len(intervals) * LINE - LINE / 2
    steps = STEPS[end]
    ticks = tuple(Tick(_x(end * step / steps, end), end * step / steps) for step in range(steps + 1))
    return Chart(axis_y + AXIS, bars, ticks, axis_y)


def _bar(interval: Interval, y: float, end: float) -> Bar:
    return Bar(y, *(_x(each * 100, end) for each in (interval.low, interval.point, interval.high)))


def _x(of_a_hundred: float, end: float) -> float:
    return round(LEFT + (RIGHT - LEFT) * of_a_hundred / end, 1)
