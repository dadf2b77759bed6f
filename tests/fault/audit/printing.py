"""The audit as a table: one row a run, and every problem below it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from tests.fault.audit.verdicts import Report

PROPERTY = "audit"
MOST_PROBLEMS = 30
# Over each column, and where its figure is from: a count, or how many problems of a guarantee.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "written": ("written",),
    "lost": ("lost",),
    "answered": ("answered",),
    "set aside": ("set aside",),
    "no answer": ("unanswered",),
    "twice": ("answered twice",),
    "sent": ("accepted",),
    "unsent": ("not sent",),
    "sent twice": ("sent twice",),
    "misordered": ("out of order",),
    "booked": ("appointments",),
    "booked twice": ("booked twice", "booking lost"),
    "refused": ("refused",),
    "entered": ("forged entered",),
}


def printed(reports: Sequence[Report]) -> list[str]:
    """The table of these runs, what was done to the parts in each, and what is wrong."""
    if not reports:
        return []
    width = max(len(report.name) for report in reports)
    head = " ".join([f"{'run':<{width}}", *COLUMNS])
    table = [head, *(_row(report, width) for report in reports)]
    return [*table, "", *(line for report in reports for line in _told(report)), _verdict(reports)]


def _row(report: Report, width: int) -> str:
    cells = [f"{_figure(report, names):>{len(column)}}" for column, names in COLUMNS.items()]
    return " ".join([f"{report.name:<{width}}", *cells])


def _figure(report: Report, names: Sequence[str]) -> int:
    return sum(report.counts[name] if name in report.counts else len(report.problems[name]) for name in names)


def _told(report: Report) -> list[str]:
    done = ", ".join(f"{name} {count}" for name, count in sorted(report.troubles.items()) if count)
    flood = report.counts["flood"]
    usual, most = report.counts["usually overtaken"], report.counts["overtaken"]
    waited = f"; a flood of {flood}: others waited through {usual} of it in the middle, {most} at most" if flood else ""
    problems = [f"  PROBLEM {line}" for line in report.lines()]
    left_out = [f"  and {len(problems) - MOST_PROBLEMS} more"] if len(problems) > MOST_PROBLEMS else []
    said = f"{report.name} ({report.counts['phones']} phones, {report.seconds:.0f} s): {done or 'nothing done'}{waited}"
    return [said, *problems[:MOST_PROBLEMS], *left_out]


def _verdict(reports: Sequence[Report]) -> str:
    counts = {name: sum(report.counts[name] for report in reports) for name in reports[0].counts}
    problems = sum(len(report.lines()) for report in reports)
    if problems:
        return f"NOT SOUND: {problems} problems"
    return (
        f"sound: {counts['written']} messages written, {counts['answered']} answered once, {counts['set aside']} set"
        f" aside for a person, 0 lost; {counts['accepted']} answers taken once; {counts['appointments']} appointments,"
        f" none twice; {counts['refused']} webhooks refused, none entered"
    )


def remember(property_of: Any, report: Report) -> Report:
    """Have pytest print it at the end of its run: `property_of` is the test's `record_property`."""
    property_of(PROPERTY, json.dumps(asdict(report)))
    return report


def remembered(test_reports: Sequence[Any]) -> list[Report]:
    """What the tests that ran have left to be printed, in whatever process they ran."""
    told = [value for each in test_reports for name, value in each.user_properties if name == PROPERTY]
    return [Report(**json.loads(value)) for value in told]
