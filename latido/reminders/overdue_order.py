"""What decides the order of the overdue list: class, weeks and place of each, read for all of them at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import Connection, select

from latido.care.fhir_names import PEDIATRIC
from latido.care.people.pregnancies import PregnancyRecord, all_ongoing
from latido.care.people.record import PersonRecord, children_of
from latido.care.places.directory import Center
from latido.care.places.geometry import Point
from latido.care.residents import RememberedPlace, remembered_places
from latido.care.rules.priority import ORDER, Answers
from latido.care.rules.service_rules import Facts
from latido.care.services import Care
from latido.care.waiting.tables import entries
from latido.console.overdue.callers import Standing, Whom

# The page asks every few seconds; weeks and places are old news for longer than that.
FRESH_S = 30.0
MOST_KEPT = 20_000


@dataclass(frozen=True)
class _Known:
    """What is kept of many residents."""

    pregnancies: Mapping[tuple[str, str], PregnancyRecord]
    children: Mapping[tuple[str, str], PersonRecord]
    places: Mapping[str, RememberedPlace]
    waiting: Mapping[Whom, frozenset[str]]


@dataclass
class Standings:
    """Where each stands, kept for half a minute. Processes do not share it, and it holds no name."""

    care: Callable[[], Care]
    clock: Callable[[], float] = time.monotonic
    _kept: dict[Whom, Standing] = field(default_factory=dict)
    _nearest: dict[tuple[Point, str], Center | None] = field(default_factory=dict)
    _since: float = 0.0

    def of(self, connection: Connection, whom: Collection[Whom]) -> Mapping[Whom, Standing]:
        """What is known of each."""
        if self.clock() - self._since > FRESH_S or len(self._kept) > MOST_KEPT:
            self._kept, self._since = {}, self.clock()
        kept = self._kept
        unknown = [each for each in whom if each not in kept]
        if unknown:
            known = _read(self.care(), connection, {each.resident for each in unknown})
            kept.update({each: self._standing(each, known) for each in unknown})
        return {each: kept[each] for each in whom}

    def _standing(self, whom: Whom, known: _Known) -> Standing:
        care = self.care()
        today, facts, place = care.local_now().date(), _facts(whom, known), known.places.get(whom.resident)
        center = self._center(care, place.point, whom.service) if place else None
        return Standing(
            priority=_class(care, whom, facts, known),
            weeks=_weeks(facts, today),
            age_days=facts.age_days_on(today),
            place=place.label if place else "",
            center=center.number if center else None,
            commune=center.commune if center else None,
        )

    def _center(self, care: Care, point: Point, service: str) -> Center | None:
        """The nearest centre; many live in the same hundred metres."""
        if (point, service) not in self._nearest:
            found = care.directory.nearest(point, service, limit=1)
            self._nearest[point, service] = found[0][0] if found else None
        return self._nearest[point, service]


def _read(care: Care, connection: Connection, residents: Collection[str]) -> _Known:
    return _Known(
        all_ongoing(connection, care.vault, residents),
        children_of(connection, care.vault, residents),
        remembered_places(connection, residents),
        _waiting(connection, residents),
    )


def _waiting(connection: Connection, residents: Collection[str]) -> Mapping[Whom, frozenset[str]]:
    """The classes in which they waited for a slot: her answers, which nobody asks for again, decided those."""
    query = select(entries.c.resident, entries.c.patient_key, entries.c.service, entries.c.priority_class)
    found: dict[Whom, frozenset[str]] = {}
    for row in connection.execute(query.where(entries.c.resident.in_(residents))):
        whom = Whom(row.resident, row.patient_key.rpartition(":")[2], row.service)
        found[whom] = found.get(whom, frozenset()) | {row.priority_class}
    return found


def _class(care: Care, whom: Whom, facts: Facts, known: _Known) -> str:
    """The highest class she is known to be of: by her weeks today, or by what she answered while she waited."""
    today = care.rules[whom.service].priority_on(care.local_now().date(), facts, Answers()).name
    return next(name for name in ORDER if name == today or name in known.waiting.get(whom, ()))


def _facts(whom: Whom, known: _Known) -> Facts:
    who = (whom.resident, whom.role)
    if whom.service == PEDIATRIC:
        child = known.children.get(who)
        return Facts(birth_date=child.birth_date if child else None)
    told = known.pregnancies.get(who)
    return Facts(told.age if told else None)


def _weeks(facts: Facts, today: date) -> int | None:
    return facts.weeks_on(today) if facts.age and not facts.age.is_over_on(today) else None
