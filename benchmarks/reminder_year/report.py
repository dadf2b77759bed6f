"""The report of a run: a page in Markdown and a chart in SVG, both made by templates."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from benchmarks.reminder_year.diary import Outage
from benchmarks.reminder_year.judgement import SAID, Judgement

TEMPLATES = Path(__file__).parent / "templates"
CHART = "reminders-year.svg"
KINDS: Mapping[str, str] = {
    "checkup": "check-up to be booked",
    "vaccine": "vaccine",
    "study": "study",
    "confirm": "three days before a visit",
    "remind": "the day before it",
    "morning": "the morning of it",
    "after": "the day after: could you go?",
    "offer": "missed: another one?",
    "overdue": "not booked: the operators' list",
}
GROUPS: Mapping[str, tuple[str, ...]] = {
    "said in time": (SAID,),
    "cleared before it was to be said": ("visited, booked or missed: cleared", "done, as she told"),
    "not to be said": ("no reminders wanted", "pregnancy over", "phone not reachable"),
    "no day left for it": (
        "told too late for it",
        "outage",
        "no room: other notices within three days",
        "held back or refused by WhatsApp",
    ),
    "missing": ("missing",),
}
WIDTH, LEFT, BAR, GAP = 760.0, 210.0, 20.0, 14.0


@dataclass(frozen=True)
class Piece:
    """A part of a bar: `x` and `width` in pixels."""

    group: int
    x: float
    width: float
    number: int


@dataclass(frozen=True)
class Bar:
    """What was due of one kind, and what became of it."""

    title: str
    due: int
    y: float
    pieces: tuple[Piece, ...]


def write_report(judgement: Judgement, path: Path) -> None:
    """Write the page, and its chart into `pictures` beside it."""
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    kinds = [kind for kind in KINDS if kind in judgement.outcomes]
    told = {
        "run": judgement,
        "chart": f"pictures/{CHART}",
        "rows": [(KINDS[kind], judgement.due(kind), grouped(judgement.outcomes[kind])) for kind in kinds],
        "groups": list(GROUPS),
        "reasons": _reasons(judgement),
        "outages": _outages(judgement.outages),
        "waited": _waited(judgement.waited),
    }
    path.write_text(templates.get_template("report.md.j2").render(told), encoding="utf-8")
    bars = [_bar(number, kind, judgement) for number, kind in enumerate(kinds)]
    drawn = templates.get_template("chart.svg.j2").render(bars=bars, groups=list(GROUPS), height=_height(len(bars)))
    (path.parent / "pictures" / CHART).write_text(drawn, encoding="utf-8")


def grouped(outcomes: Counter[str]) -> list[int]:
    """How many of each group; KeyError for an outcome that belongs to none."""
    unknown = set(outcomes) - {outcome for each in GROUPS.values() for outcome in each}
    if unknown:
        raise KeyError(f"outcomes of no group: {', '.join(sorted(unknown))}: add them to GROUPS")
    return [sum(outcomes[outcome] for outcome in each) for each in GROUPS.values()]


def _bar(number: int, kind: str, judgement: Judgement) -> Bar:
    due, pieces, x = judgement.due(kind), list[Piece](), LEFT
    for group, count in enumerate(grouped(judgement.outcomes[kind])):
        width = (WIDTH - LEFT - 60) * count / due
        if count:
            pieces.append(Piece(group, round(x, 1), round(width, 1), count))
        x += width
    return Bar(KINDS[kind], due, 70 + number * (BAR + GAP), tuple(pieces))


def _height(bars: int) -> float:
    return 70 + bars * (BAR + GAP) + 10


def _reasons(judgement: Judgement) -> list[tuple[str, int]]:
    """Why what was due was not said, most frequent first."""
    why: Counter[str] = Counter()
    for outcomes in judgement.outcomes.values():
        why.update({outcome: number for outcome, number in outcomes.items() if outcome != SAID})
    return why.most_common()


def _outages(outages: Sequence[Outage]) -> list[tuple[str, int, float, float]]:
    """What was away: how often, for how many hours in all, and for how many at the longest."""
    spans: dict[str, list[timedelta]] = {}
    for each in outages:
        spans.setdefault(each.what, []).append(each.ends - each.begins)
    return [(what, len(these), _hours(sum(these, timedelta())), _hours(max(these))) for what, these in spans.items()]


def _hours(span: timedelta) -> float:
    return round(span / timedelta(hours=1), 1)


def _waited(days: Sequence[int]) -> tuple[int, int, int]:
    """Per cent of the check-ups told by their first day; days after it for 95 of 100 of all, and for the latest."""
    if len(days) < 2:
        return 100, 0, 0
    points = statistics.quantiles(days, n=20, method="inclusive")
    return round(100 * sum(day == 0 for day in days) / len(days)), round(points[18]), max(days)
