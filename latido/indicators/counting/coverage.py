"""What is counted of pregnancies and children: the five and the seven check-ups, the first before week 13."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar

from sqlalchemy import Connection, select

from latido.care.people.pregnancies import PregnancyRecord, pregnancies_of
from latido.care.people.record import PersonRecord, people_of
from latido.care.people.tables import people, pregnancies
from latido.care.rules.gestation import PREGNANCY
from latido.care.services import BUENOS_AIRES
from latido.care.tables import bookings
from latido.crypto import Vault
from latido.indicators.counting.visits import appointments, came_due, outcome_of
from latido.indicators.rules.figures import Figure

PRENATAL_LEAST, PEDIATRIC_LEAST = 5, 7
EARLY = timedelta(weeks=13)
# A trimester, or a month, does not say whether a visit lay before week 13.
KNOWN_WELL = frozenset(("lmp", "ultrasound", "due_date", "weeks"))
TOLD_OF_BY = timedelta(days=90)  # a child that Latido heard of later may have had check-ups it knows nothing of
RESIDENTS_AT_ONCE = 500
Known = TypeVar("Known", PregnancyRecord, PersonRecord)


@dataclass(frozen=True)
class _Visits:
    """The days on which each person had a visit, by resident, role and service."""

    days: Mapping[tuple[str, str, str], Sequence[date]]

    def between(self, resident: str, role: str, service: str, first: date, last: date) -> int:
        """How many lie between two days, the first included and the last not."""
        return sum(first <= day < last for day in self.days.get((resident, role, service), ()))


def prenatal_five(connection: Connection, vault: Vault, start: datetime, end: datetime) -> list[Figure]:
    """Pregnancies that ended in a birth told in the month, and how many of them had five visits or more."""
    whose = select(pregnancies.c.resident).where(pregnancies.c.ended_at >= start, pregnancies.c.ended_at < end)
    of = hits = 0
    for residents in _pieces(connection.execute(whose.distinct()).scalars().all()):
        visits = _visits(connection, residents, "prenatal")
        for resident, each in _flat(pregnancies_of(connection, vault, residents)):
            if each.why != "birth" or each.assumed or not (each.ended_at and start <= each.ended_at < end):
                continue
            over = _day(each.ended_at)
            began = each.age.last_period[0] if each.age else over - PREGNANCY
            of += 1
            hits += visits.between(resident, each.role, "prenatal", began, over) >= PRENATAL_LEAST
    return [Figure("", of, hits)]


def first_visit_before_13(connection: Connection, vault: Vault, start: datetime, end: datetime) -> list[Figure]:
    """Pregnancies that reached 13 weeks in the month, and how many of them had had a visit by then."""
    earliest = start - PREGNANCY
    whose = select(pregnancies.c.resident).where(pregnancies.c.began_at >= earliest)
    of = hits = 0
    for residents in _pieces(connection.execute(whose.distinct()).scalars().all()):
        visits = _visits(connection, residents, "prenatal")
        for resident, each in _flat(pregnancies_of(connection, vault, residents)):
            if each.age is None or each.age.source not in KNOWN_WELL or each.assumed:
                continue
            began = each.age.last_period[1]
            reached = began + EARLY
            gone_on = each.ended_at is None or _day(each.ended_at) >= reached
            if _day(start) <= reached < _day(end) and gone_on:
                of += 1
                hits += visits.between(resident, each.role, "prenatal", began, reached) > 0
    return [Figure("", of, hits)]


def pediatric_seven(connection: Connection, vault: Vault, start: datetime, end: datetime) -> list[Figure]:
    """Children who had their first birthday in the month, and how many of them had seven visits before it."""
    whose = select(people.c.resident).where(people.c.kind == "child", people.c.state == "live")
    of = hits = 0
    for residents in _pieces(connection.execute(whose.distinct()).scalars().all()):
        visits = _visits(connection, residents, "pediatric")
        for resident, child in _flat(people_of(connection, vault, residents)):
            if child.kind != "child" or not child.is_live or child.birth_date is None:
                continue
            birthday = first_birthday(child.birth_date)
            known_early = _day(child.since) <= child.birth_date + TOLD_OF_BY
            if _day(start) <= birthday < _day(end) and known_early:
                of += 1
                hits += visits.between(resident, child.role, "pediatric", child.birth_date, birthday) >= PEDIATRIC_LEAST
    return [Figure("", of, hits)]


def first_birthday(birth: date) -> date:
    """One year later; who was born on the 29th of February has it on the 1st of March."""
    leap_day = (birth.month, birth.day) == (2, 29)
    return date(birth.year + 1, 3, 1) if leap_day else birth.replace(year=birth.year + 1)


def _visits(connection: Connection, residents: Collection[str], service: str) -> _Visits:
    days: dict[tuple[str, str, str], list[date]] = defaultdict(list)
    theirs = (bookings.c.resident.in_(residents), bookings.c.service == service, came_due())
    for row in connection.execute(appointments(*theirs)):
        if outcome_of(row.status, row.ended_why, row.told_visit) == "kept":
            role = row.patient_key.removeprefix(f"{row.resident}:")
            days[row.resident, role, row.service].append(_day(row.starts_at))
    return _Visits(days)


def _flat(of_each: Mapping[str, Sequence[Known]]) -> list[tuple[str, Known]]:
    return [(resident, one) for resident, theirs in of_each.items() for one in theirs]


def _pieces(residents: Sequence[str]) -> list[Sequence[str]]:
    return [residents[first : first + RESIDENTS_AT_ONCE] for first in range(0, len(residents), RESIDENTS_AT_ONCE)]


def _day(moment: datetime) -> date:
    return moment.astimezone(BUENOS_AIRES).date()
