"""All extractors, in the order in which they may claim a stretch of the message."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.nlu.entities.found import Found, Reading
from bot.nlu.entities.gazetteer import Gazetteer
from bot.nlu.entities.identity import find_identity
from bot.nlu.text import fold

_EXTRACTORS: tuple[Callable[[Reading], None], ...] = (find_identity,)


def find_entities(text: str, now: datetime, gazetteer: Gazetteer, expecting: str | None = None) -> list[Found]:
    """The entities of a message in the order in which they stand; `now` is local time."""
    reading = Reading(text, fold(text), now, expecting)
    gazetteer.find(reading)
    for extract in _EXTRACTORS:
        extract(reading)
    return sorted(reading.found, key=lambda found: found.start)
