"""`dates`: the day, the part of the day and the hour of a message."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from bot.nlu.scoring.entities import first_entities
from bot.nlu.scoring.lines import Line
from bot.nlu.scoring.report import Scorer

# A day is an entity of its own by what it is a day of (docs/wires.md); here any counts, the visit first.
_DAYS = ("date", "birth_date", "last_period_date", "due_date")
_TIME = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")


def _is_day(value: Any) -> bool:
    if value is None:
        return True
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _is_part(value: Any) -> bool:
    return value in (None, "morning", "afternoon")


def _is_time(value: Any) -> bool:
    return value is None or (isinstance(value, str) and bool(_TIME.fullmatch(value)))


def _understand(line: Line) -> Mapping[str, Any]:
    entities = first_entities(line)
    day = next((entities[name] for name in _DAYS if name in entities), None)
    time = entities.get("time_of_day") or {}
    return {"date": day, "part": time.get("part"), "time": time.get("time")}


def _agrees(name: str, line: Line, got: Mapping[str, Any]) -> bool:
    if got[name] == line.expected[name]:
        return True
    return name == "part" and line.expected["part"] is None and got["part"] == _part_of(got["time"])


def _part_of(time: str | None) -> str | None:
    """The part which follows from the hour: right where none was said."""
    if time is None:
        return None
    return "morning" if time < "12:00" else "afternoon" if time < "20:00" else None


SCORER = Scorer({"date": _is_day, "part": _is_part, "time": _is_time}, _understand, _agrees)
