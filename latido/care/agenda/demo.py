"""A plausible agenda for demonstrations: made up, but the same for the same days and seed. Pure."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from latido.care.agenda.slots import AgendaSlot
from latido.care.fhir_names import PEDIATRIC, PRENATAL
from latido.care.places.directory import Directory
from latido.care.services import BUENOS_AIRES

WORKING_DAYS = range(5)
# National holidays on fixed days within the weeks a demonstration is likely to show (month, day).
HOLIDAYS = frozenset({(1, 1), (3, 24), (4, 2), (5, 1), (5, 25), (7, 9), (12, 8), (12, 25)})
# The nearer the day, the fewer times are still free: this share on the first day, growing to the last.
FREE_FIRST, FREE_LAST, FREE_GROWTH_PER_DAY = 0.35, 0.9, 0.04


@dataclass(frozen=True)
class Practice:
    """How a made-up agenda of a service looks: on how many days a week it may be, and for how many hours."""

    days: tuple[int, ...]
    opens: tuple[time, ...]
    minutes: tuple[int, ...]
    hours: int


PRACTICES: Mapping[str, Practice] = {
    PRENATAL: Practice((3, 3, 4), (time(8, 0), time(8, 30), time(13, 30)), (20, 30), 4),
    PEDIATRIC: Practice((2, 2, 3), (time(8, 0), time(9, 0), time(14, 0)), (20, 30), 2),
}


@dataclass(frozen=True)
class _Agenda:
    number: int
    service: str
    days: tuple[int, ...]
    opens: time
    length: timedelta
    open_for: timedelta
    seed: str


def demo_slots(directory: Directory, first_day: date, weeks: int, seed: int = 1) -> list[AgendaSlot]:
    """Free times of each service at every centre known to offer it, from `first_day` on for `weeks` weeks."""
    centers = sorted(directory.centers.values(), key=lambda center: center.number)
    agendas = [
        _agenda(center.number, service, seed) for center in centers for service in PRACTICES if center.offers(service)
    ]
    return sorted(slot for agenda in agendas for slot in _slots(agenda, first_day, weeks))


def _agenda(number: int, service: str, seed: int) -> _Agenda:
    name = f"{seed}/{number}" if service == PRENATAL else f"{seed}/{service}/{number}"
    habits, practice = random.Random(name), PRACTICES[service]
    days = tuple(sorted(habits.sample(list(WORKING_DAYS), habits.choice(practice.days))))
    opens, minutes = habits.choice(practice.opens), habits.choice(practice.minutes)
    return _Agenda(number, service, days, opens, timedelta(minutes=minutes), timedelta(hours=practice.hours), name)


def _slots(agenda: _Agenda, first_day: date, weeks: int) -> Iterator[AgendaSlot]:
    for offset in range(weeks * 7):
        day = first_day + timedelta(days=offset)
        if day.weekday() in agenda.days and (day.month, day.day) not in HOLIDAYS:
            yield from _day(agenda, day, offset)


def _day(agenda: _Agenda, day: date, offset: int) -> Iterator[AgendaSlot]:
    luck = random.Random(f"{agenda.seed}/{day.isoformat()}")
    share = min(FREE_LAST, FREE_FIRST + FREE_GROWTH_PER_DAY * offset)
    start = datetime.combine(day, agenda.opens, BUENOS_AIRES)
    closes = start + agenda.open_for
    while start < closes:
        if luck.random() < share:
            yield AgendaSlot(agenda.number, agenda.service, start, start + agenda.length)
        start += agenda.length
