"""What a call may end in and what follows from it: data/reminders/calls.yml as values. Pure, the file apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Literal

import yaml

from latido.console.showing import BUENOS_AIRES

FILE = Path(__file__).resolve().parents[3] / "data" / "reminders" / "calls.yml"
NO_ANSWER = "no_answer"
BOOKED = "booked"
OTHER = "other"
THRICE = "no_answer_thrice"
Removes = Literal["no", "this_time", "for_good", "whole_phone"]


@dataclass(frozen=True)
class Result:
    """One line of the form."""

    name: str
    words: str
    removes: Removes
    again_days: int | None = None
    asks: Literal["reason", "moment", ""] = ""
    does: Literal["confirm", "cancel", "went", "loss", "died", ""] = ""
    final: bool = False


@dataclass(frozen=True)
class CallRules:
    """The file; results and reasons by name, in its order."""

    lease: timedelta
    undo: timedelta
    no_answer_days: int
    reveals_per_hour: int
    reveal_reasons: Mapping[str, str]
    results: Mapping[str, Result]
    reasons: Mapping[str, str]


@dataclass(frozen=True)
class Outcome:
    """What follows from a call."""

    removes: Removes
    again_at: datetime | None
    reason: str | None


@cache
def load_call_rules(path: Path = FILE) -> CallRules:
    """The rules that ship with Latido; KeyError or TypeError names what is wrong or missing in the file."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    return CallRules(
        lease=timedelta(minutes=content["lease_minutes"]),
        undo=timedelta(minutes=content["undo_minutes"]),
        no_answer_days=content["no_answer_days"],
        reveals_per_hour=content["reveals_per_hour"],
        reveal_reasons=content["reveal_reasons"],
        results={name: Result(name, **line) for name, line in content["results"].items()},
        reasons=content["reasons"],
    )


def outcome_of(
    rules: CallRules, result: Result, reason: str | None, moment: datetime | None, unanswered: Sequence[datetime]
) -> Outcome:
    """What follows; `moment` is now, or when to call again; `unanswered`: the calls nobody answered, this one too."""
    if result.name == NO_ANSWER:
        days = {each.astimezone(BUENOS_AIRES).date() for each in unanswered}
        if len(days) >= rules.no_answer_days:
            return Outcome("this_time", None, THRICE)
    if result.asks == "moment" or moment is None:
        return Outcome(result.removes, moment, reason)
    return Outcome(result.removes, _morning(moment, result.again_days), reason)


def _morning(now: datetime, days: int | None) -> datetime | None:
    """The first hour of that day: a list is worked through by days."""
    if days is None:
        return None
    day = now.astimezone(BUENOS_AIRES) + timedelta(days=days)
    return day.replace(hour=0, minute=0, second=0, microsecond=0)
