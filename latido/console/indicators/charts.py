"""The geometry of the charts of indicators: positions in the units of their SVG. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 400, 120, 10, 390, 22, 92
# Ends of an axis that are round numbers: for days and minutes, and beyond them for counts.
ENDS = (1, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 360, 480, 720, 1000)


@dataclass(frozen=True)
class Bar:
    """One bar of a hundred: where it ends, and the span in which the truth may lie (or the 90th percentile)."""

    end: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Dot:
    """One month of a line; `anchor` is how its text is set beside it."""

    x: float
    y: float
    anchor: str


@dataclass(frozen=True)
class Line:
    """A line through the months that are shown: `paths` has a piece for each run without a gap, `dots` each month."""

    paths: tuple[str, ...]
    dots: tuple[Dot | None, ...]


def round_end(highest: float) -> float:
    """A round number that no value exceeds."""
    beyond = (step * 10**power for power in range(3, 12) for step in (1, 2, 5))
    return next((each for each in (*ENDS, *beyond) if each >= highest), highest)


def of_a_hundred(value: float, end: float) -> float:
    """Where a value lies on an axis from nought to `end`."""
    return round(min(100.0, max(0.0, value / end * 100)), 1) if end else 0.0


def line_of(values: Sequence[float | None], end: float) -> Line:
    """One place for each month, oldest first; None, a gap, where nothing is shown."""
    apart = (RIGHT - LEFT) / max(1, len(values) - 1)
    dots = tuple(
        None if value is None else Dot(round(LEFT + number * apart, 1), _y(value, end), _anchor(number, len(values)))
        for number, value in enumerate(values)
    )
    return Line(tuple(_path(run) for run in _runs(dots) if len(run) > 1), dots)


def _y(value: float, end: float) -> float:
    return round(BOTTOM - (BOTTOM - TOP) * of_a_hundred(value, end) / 100, 1)


def _anchor(number: int, of: int) -> str:
    return "start" if number == 0 else "end" if number == of - 1 else "middle"


def _runs(dots: Sequence[Dot | None]) -> list[list[Dot]]:
    runs: list[list[Dot]] = [[]]
    for dot in dots:
        if dot is None:
            runs.append([])
        else:
            runs[-1].append(dot)
    return runs


def _path(run: Sequence[Dot]) -> str:
    return "M" + "L".join(f"{dot.x} {dot.y}" for dot in run)
