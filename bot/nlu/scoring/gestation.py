"""`gestation`: the completed weeks of a pregnancy, as an inclusive range."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.nlu.scoring.entities import first_entities
from bot.nlu.scoring.lines import Line
from bot.nlu.scoring.report import Scorer


def _is_weeks(value: Any) -> bool:
    return value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 45)


def _understand(line: Line) -> Mapping[str, Any]:
    age = first_entities(line).get("gestational_age") or {}
    return {"weeks_min": age.get("weeks_min"), "weeks_max": age.get("weeks_max")}


def _agrees(name: str, line: Line, got: Mapping[str, Any]) -> bool:
    return bool(got[name] == line.expected[name])


SCORER = Scorer({"weeks_min": _is_weeks, "weeks_max": _is_weeks}, _understand, _agrees)
