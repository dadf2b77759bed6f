"""What the dated calendars hold, read anew and plainly: the judge shares no code with what it judges."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

CARE = Path(__file__).resolve().parents[2] / "data" / "care"
POLICY = Path(__file__).resolve().parents[2] / "data" / "reminders" / "policy.yml"
_WEEKS = re.compile(r"(\d+)\+(\d)")
_AGE = re.compile(r"(?:(\d+)m)?(?:(\d+)d)?")


@dataclass(frozen=True)
class Milestone:
    """A check-up, study or vaccine; `begins` and `ends` (both included) count from the last period or the birth."""

    service: str
    kind: str
    code: str
    title: str
    begins: str
    ends: str
    before: bool
    born_from: date | None = None
    born_before: date | None = None

    def dates(self, zero: date) -> tuple[date, date]:
        """The first and the last day, for this last period or birth."""
        first, last = _reached(self.begins, zero), _reached(self.ends, zero)
        return first, last - timedelta(days=1) if self.before else last

    def is_for(self, zero: date) -> bool:
        """Whether it is for somebody born that day."""
        return (self.born_from is None or zero >= self.born_from) and (
            self.born_before is None or zero < self.born_before
        )


def _reached(mark: str, zero: date) -> date:
    if weeks := _WEEKS.fullmatch(mark):
        return zero + timedelta(days=7 * int(weeks[1]) + int(weeks[2]))
    age = _AGE.fullmatch(mark)
    months, days = (int(part or 0) for part in age.groups()) if age else (0, 0)
    month = zero.month - 1 + months
    year, month = zero.year + month // 12, month % 12 + 1
    following = date(year + month // 12, month % 12 + 1, 1)
    return date(year, month, min(zero.day, (following - timedelta(days=1)).day)) + timedelta(days=days)


@cache
def milestones(service: str) -> tuple[Milestone, ...]:
    """All of a service's calendar, with the vaccines; without what nobody is told of."""
    name = "prenatal" if service == "prenatal" else "pediatric"
    calendar = yaml.safe_load((CARE / f"{name}_calendar.yml").read_text(encoding="utf-8"))
    vaccines = yaml.safe_load((CARE / "vaccines.yml").read_text(encoding="utf-8"))
    part = vaccines["pregnancy" if service == "prenatal" else "childhood"]
    rows = [("checkup", row) for row in calendar["checkups"]] + [("study", row) for row in calendar["studies"]]
    rows += [("vaccine", row) for row in part]
    not_told = policy()["calendar"]["not_told"]
    return tuple(_milestone(service, kind, row) for kind, row in rows if row["code"] not in not_told)


def _milestone(service: str, kind: str, row: dict[str, Any]) -> Milestone:
    ends = row.get("to", row.get("before"))
    limits = (row.get("born_from"), row.get("born_before"))
    return Milestone(service, kind, row["code"], row["title"], row["from"], ends, "before" in row, *limits)


@cache
def policy() -> dict[str, Any]:
    """The numbers of data/reminders/policy.yml as they stand there."""
    content: dict[str, Any] = yaml.safe_load(POLICY.read_text(encoding="utf-8"))
    return content
