"""What follows from the measured for so many conversations a year: plain arithmetic, with its assumptions."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.sizing.measuring import Measured

SCALES = (500_000, 5_000_000, 59_000_000)
YEAR_SECONDS = 365 * 86_400
PEAK_OVER_MEAN = 10.0
# Processors that are always busy answer late: at the peak they are to be busy for this share of the time.
BUSY = 0.6
SESSION_DAYS = 30
# Of a core; Rasa, the actions and web each use one core a process.
PARTS = ("web", "worker", "bot", "actions", "postgres", "valkey")
# The row of docs/performance.md that tells what a turn costs by part when all are busy, and what stands over its table.
TABLE = "Processor milliseconds a turn, by part"
CASE = re.compile(r"\| Latido, Redis, 0 earlier sessions, \d+ waiting \|")


@dataclass(frozen=True)
class Size:
    """What is needed for so many conversations a year; rates a second, bytes."""

    conversations: int
    mean: float
    peak: float
    cores: Mapping[str, float]
    answers_at_peak: float
    disk_after_a_year: float
    wal_a_day: float
    copy: float
    valkey: float


def cost_of_a_turn(page: Path) -> dict[str, float]:
    """Processor milliseconds a turn by part, from docs/performance.md; ValueError where it is not there."""
    below = page.read_text(encoding="utf-8").partition(TABLE)[2].splitlines()
    head = next((line for line in below if line.startswith("| case |")), None)
    row = next((line for line in below if CASE.match(line)), None)
    if head is None or row is None:
        raise ValueError(f"{page} does not say what a turn costs: run `python -m benchmarks.turns --page {page}`")
    costs = dict(zip(_cells(head), _cells(row), strict=True))
    return {part: float(costs[part]) for part in PARTS if re.fullmatch(r"[\d.]+", costs.get(part, ""))}


def size(conversations: int, of_one: Measured, milliseconds: Mapping[str, float]) -> Size:
    """The size for so many conversations a year, each like the measured ones."""
    mean = conversations * of_one.hers / YEAR_SECONDS
    peak = mean * PEAK_OVER_MEAN
    return Size(
        conversations=conversations,
        mean=mean,
        peak=peak,
        cores={part: peak * cost / 1000 / BUSY for part, cost in milliseconds.items()},
        answers_at_peak=peak * (of_one.messages - of_one.hers) / of_one.hers,
        disk_after_a_year=conversations * sum(of_one.tables.values()),
        wal_a_day=conversations * of_one.wal / 365,
        copy=conversations * of_one.copy,
        valkey=conversations * SESSION_DAYS / 365 * of_one.session,
    )


def machines(cores: float) -> int:
    """Whole cores."""
    return max(1, math.ceil(cores))


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]
