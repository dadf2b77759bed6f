"""A plausible prenatal agenda for demonstrations: made up, but the same for the same days and seed. Pure."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from latido.care.agenda.slots import AgendaSlot
from latido.care.fhir_names import PRENATAL
from latido.care.places.directory import Center, Directory
from latido.care.services import BUENOS_AIRES

WORKING_DAYS = range(5)
# National holidays on fixed days within the weeks a demonstration is likely to show (month, day).
HOLIDAYS = frozenset({(1, 1), (3, 24), (4, 2), (5, 1), (5, 25), (7, 9), (12, 8), (12, 25)})
# The nearer the day, the fewer times are still free: this share on the first day, growing to the last.
FREE_FIRST, FREE_LAST, FREE_GROWTH_PER_DAY = 0.35, 0.9, 0.04


def demo_slots(directory: Directory, first_day: date, weeks: int, seed: int = 1) -> list[AgendaSlot]:
    """Free times at every centre known to offer obstetrics, from `first_day` on for `weeks` weeks."""
    centers = sorted(directory.centers.values(), key=lambda center: center.number)
    slots = [slot for center in centers if center.has_prenatal for slot in _agenda(center, first_day, weeks, seed)]
    return sorted(slots)


def _agenda(center: Center, first_day: date, weeks: int, seed: int) -> Iterator[AgendaSlot]:
    habits = random.Random(f"{seed}/{center.number}")
    days = sorted(habits.sample(list(WORKING_DAYS), habits.choice((3, 3, 4))))
    opens = habits.choice((time(8, 0), time(8, 30), time(13, 30)))
    length = timedelta(minutes=habits.choice((20, 30)))
    for offset in range(weeks * 7):
        day = first_day + timedelta(days=offset)
        if day.weekday() in days and (day.month, day.day) not in HOLIDAYS:
            yield from _day(center.number, day, offset, opens, length, seed)


def _day(number: int, day: date, offset: int, opens: time, length: timedelta, seed: int) -> Iterator[AgendaSlot]:
    luck = random.Random(f"{seed}/{number}/{day.isoformat()}")
    share = min(FREE_LAST, FREE_FIRST + FREE_GROWTH_PER_DAY * offset)
    start = datetime.combine(day, opens, BUENOS_AIRES)
    closes = start + timedelta(hours=4)
    while start < closes:
        if luck.random() < share:
            yield AgendaSlot(number, PRENATAL, start, start + length)
        start += length
