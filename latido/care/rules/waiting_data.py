"""The rules of the waiting list as values, read from data/care/waiting_list.yml: dated, with source and sign-off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from pathlib import Path
from typing import Any

import yaml

from latido.care.rules.priority import ORDER, ClassRule, PriorityClass

WAITING_FILE = Path(__file__).resolve().parents[3] / "data" / "care" / "waiting_list.yml"


class BadWaitingRule(ValueError):
    """The data file cannot be used as written; the message says what is wrong."""


@dataclass(frozen=True)
class Terms:
    """What holds for a class on the waiting list."""

    max_distance_m: int
    unknown_weeks_as: int


@dataclass(frozen=True)
class HoldLine:
    """How long a slot is held when all conditions given hold."""

    minutes: int
    slot_within_hours: float | None
    name: PriorityClass | None
    begin: time | None
    end: time | None


@dataclass(frozen=True)
class WaitingRules:
    """The rules of one date; `texts` are what she reads."""

    version: str
    clinical_sign_off: str
    terms: Mapping[PriorityClass, Terms]
    classes: Mapping[PriorityClass, ClassRule]
    latest_week: int
    earlier_by: timedelta
    notice: timedelta
    offers_per_day: int
    entry_days: int
    quiet_from: time
    quiet_until: time
    awake: timedelta
    window: timedelta
    holds: tuple[HoldLine, ...]
    texts: Mapping[str, Any]


def load_waiting_rules(classes: Mapping[PriorityClass, ClassRule], path: Path = WAITING_FILE) -> WaitingRules:
    """Read the data file; BadWaitingRule, KeyError or ValueError names what is wrong or missing."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    quiet = content["quiet_hours"]
    holds = tuple(_hold_line(row) for row in content["hold_minutes"])
    if holds[-1] != HoldLine(holds[-1].minutes, None, None, None, None):
        raise BadWaitingRule("the last line of hold_minutes must hold always: give it minutes alone")
    return WaitingRules(
        version=content["waiting_list"],
        clinical_sign_off=content["clinical_sign_off"],
        terms={name: Terms(**content["classes"][name]) for name in ORDER},
        classes=classes,
        latest_week=content["latest_week"],
        earlier_by=timedelta(days=content["earlier_by_days"]),
        notice=timedelta(hours=content["notice_hours"]),
        offers_per_day=content["offers_per_day"],
        entry_days=content["entry_days"],
        quiet_from=_clock(quiet["begin"]),
        quiet_until=_clock(quiet["end"]),
        awake=timedelta(minutes=quiet["awake_minutes"]),
        window=timedelta(hours=content["window_hours"]),
        holds=holds,
        texts=content["texts"],
    )


def _hold_line(row: Mapping[str, Any]) -> HoldLine:
    unknown = set(row) - {"minutes", "slot_within_hours", "class", "begin", "end"}
    name = row.get("class")
    if unknown or row["minutes"] <= 0 or (name is not None and name not in ORDER):
        raise BadWaitingRule(f"a line of hold_minutes cannot be used: {dict(row)}")
    begin, end = (None if row.get(key) is None else _clock(row[key]) for key in ("begin", "end"))
    return HoldLine(row["minutes"], row.get("slot_within_hours"), name, begin, end)


def _clock(words: Any) -> time:
    if not isinstance(words, str):
        raise BadWaitingRule(f'{words!r} is no time of day: quote it, as in "21:00"')
    return time.fromisoformat(words)
