"""All extractors, in the order in which they may claim a stretch of the message."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from bot.nlu.entities.addresses import find_address
from bot.nlu.entities.centers import find_bare_center, find_center
from bot.nlu.entities.checkups import find_checkups
from bot.nlu.entities.child_age import find_child_age
from bot.nlu.entities.dates import find_date
from bot.nlu.entities.found import Found, Reading
from bot.nlu.entities.gazetteer import Gazetteer
from bot.nlu.entities.gestation import find_gestation
from bot.nlu.entities.identity import find_identity
from bot.nlu.entities.names import find_names
from bot.nlu.entities.people import find_people
from bot.nlu.entities.spelling import plain
from bot.nlu.entities.times import find_time

_EXTRACTORS: tuple[Callable[[Reading], None], ...] = (
    find_address,
    find_names,
    find_child_age,
    find_gestation,
    find_center,
    find_date,
    find_time,
    find_identity,
    find_checkups,
    find_bare_center,
    find_people,
)


def find_entities(text: str, now: datetime, gazetteer: Gazetteer, expecting: str | None = None) -> list[Found]:
    """The entities of a message in the order in which they stand; `now` is local time."""
    reading = Reading(text, plain(text), now, expecting)
    gazetteer.find(reading)
    for extract in _EXTRACTORS:
        extract(reading)
    return reading.as_written()
