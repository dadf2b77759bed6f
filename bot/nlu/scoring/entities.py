"""The entities of a line as a turn of the bot finds them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from bot.nlu.entities.finder import find_entities
from bot.nlu.entities.gazetteer import Gazetteer
from bot.nlu.scoring.lines import Line

_NEIGHBOURHOODS = Path(__file__).parents[3] / "data" / "places" / "neighbourhoods.yml"


def first_entities(line: Line) -> dict[str, Any]:
    """The first value of each entity of the line's text."""
    found: dict[str, Any] = {}
    for one in find_entities(line.text, line.now, _gazetteer(), line.expecting):
        found.setdefault(one.entity, one.value)
    return found


@lru_cache(maxsize=1)
def _gazetteer() -> Gazetteer:
    return Gazetteer.read(_NEIGHBOURHOODS)
