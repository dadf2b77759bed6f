"""The measured part of docs/performance.md, between its markers, and its chart."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from benchmarks.turns.goals import goals
from benchmarks.turns.machine import Machine
from benchmarks.turns.measured import Finding, Start
from benchmarks.turns.profile import Profile

BEGIN, END = "<!-- measured: begin, written by python -m benchmarks.turns -->", "<!-- measured: end -->"
CHART = "performance.svg"
PARTS = ("bot", "worker", "web", "actions", "postgres", "valkey", "supervisor", "emulator", "residents")
COLOURS = ("#6e56a8", "#1a7f6b", "#6ba6d8", "#d9a441", "#b9a7d9", "#d1242f", "#8c959f", "#afb8c1", "#d0d7de")
WIDTH, LEFT, ROOM, STEP = 990.0, 500.0, 420.0, 24.0


class NoMarkers(ValueError):
    """The page has no place for the figures; put the two markers where they belong."""


@dataclass(frozen=True)
class Report:
    """A whole run: where, how, and what was found."""

    machine: Machine
    command: str
    commit: str
    rate: float
    start: Start | None
    findings: Sequence[Finding]
    profile: Profile = field(default_factory=dict)

    @property
    def profiles(self) -> list[tuple[str, str, float]]:
        """Process, package and processor milliseconds a turn: the shares of what each process was measured to cost."""
        cost = next((each.cpu for each in self.findings if each.case.system == "Latido"), {})
        return [
            (part, each.package, each.share * cost[part])
            for part in PARTS
            for each in self.profile.get(part, ())
            if part in cost
        ]


@dataclass(frozen=True)
class Piece:
    """A part of a bar; pixels."""

    colour: int
    x: float
    width: float


@dataclass(frozen=True)
class Bar:
    """A case in a panel."""

    title: str
    label: str
    y: float
    end: float
    pieces: Sequence[Piece]


@dataclass(frozen=True)
class Panel:
    """Bars of one scale under a title."""

    title: str
    y: float
    bars: Sequence[Bar]


def write_page(report: Report, page: Path) -> None:
    """Put the figures between the page's markers and the chart into `pictures` beside it; NoMarkers without them."""
    before, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise NoMarkers(f"{page} needs the lines\n{BEGIN}\n{END}")
    page.write_text(f"{before}{BEGIN}\n{figures(report)}{END}{after}", encoding="utf-8")
    (page.parent / "pictures" / CHART).write_text(chart(report.findings), encoding="utf-8")


def figures(report: Report) -> str:
    """The tables as Markdown."""
    parts = [part for part in (*PARTS, "other") if any(part in each.cpu for each in report.findings)]
    return (
        _templates()
        .get_template("figures.md.j2")
        .render(
            vars(report),
            chart=CHART,
            parts=parts,
            goals=goals(report.start, report.findings, report.rate),
            profiles=report.profiles,
        )
    )


def chart(findings: Sequence[Finding]) -> str:
    """Two panels as SVG: turns a second of the closed loops, processor time a turn of all that answered."""
    closed = [each for each in findings if not each.case.rate]
    speeds = [(each, {"worker": each.per_second}) for each in closed]
    costs = [(each, each.cpu) for each in closed if each.turns]
    above = _panel("Turns a second, every resident waiting for her answer", 20, speeds)
    below = _panel("Processor milliseconds a turn, by part", 60 + STEP * len(speeds), costs)
    height = round(below.y + STEP * len(costs) + 50)
    return (
        _templates()
        .get_template("chart.svg.j2")
        .render(panels=[above, below], legend=PARTS, colours=COLOURS, width=round(WIDTH), height=height, left=LEFT)
    )


def figure(number: float) -> str:
    """A figure with as many digits as it can bear; a dash for none."""
    if math.isnan(number):
        return "–"
    return f"{number:.0f}" if abs(number) >= 100 else f"{number:.1f}" if abs(number) >= 1 else f"{number:.2f}"


def _panel(title: str, y: float, rows: Sequence[tuple[Finding, Mapping[str, float]]]) -> Panel:
    most = max((sum(parts.values()) for _, parts in rows), default=0.0) or 1.0
    bars = [_bar(each.case.title, parts, ROOM / most, y + 12 + STEP * line) for line, (each, parts) in enumerate(rows)]
    return Panel(title, y, bars)


def _bar(title: str, parts: Mapping[str, float], scale: float, y: float) -> Bar:
    pieces, x = [], LEFT
    for colour, part in enumerate(PARTS):
        if width := scale * parts.get(part, 0.0):
            pieces.append(Piece(colour, round(x, 1), round(width, 1)))
            x += width
    return Bar(title, figure(sum(parts.values())), y, round(x, 1), pieces)


def _templates() -> Environment:
    folder = FileSystemLoader(Path(__file__).parent / "templates")
    environment = Environment(loader=folder, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"figure": figure, "megabytes": lambda size: f"{size / 2**20:.0f}"}
    return environment
