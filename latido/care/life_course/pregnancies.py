"""A resident tells of a pregnancy: her own, or that of somebody she writes for."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from latido.care.idempotency import Write
from latido.care.life_course.telling import adult, next_role, same_name, told, view
from latido.care.people.pregnancies import ongoing, tell_pregnancy
from latido.care.people.record import SELF, PersonRecord, keep_person, live_people
from latido.care.rules.gestation import GestationalAge
from latido.care.services import Care
from latido.care.views import Json


@dataclass(frozen=True)
class Telling:
    """What she tells. `role` None: another adult, new unless one of that name is known."""

    key: str
    resident: str
    role: str | None
    given_name: str | None = None
    age: GestationalAge | None = None

    def fingerprint(self) -> Json:
        """What makes two requests the same."""
        weeks = [self.age.weeks_min, self.age.weeks_max, self.age.source] if self.age else None
        return {"resident": self.resident, "person": self.role, "name": self.given_name, "weeks": weeks}


def tell(care: Care, telling: Telling) -> tuple[Json, bool]:
    """The person with her pregnancy, and whether it is a new one. NoConsent; Missing for a person nobody knows."""
    write = Write(telling.key, "pregnancy", telling.fingerprint())
    answer, first = told(care, write, telling.resident, lambda connection: _tell(care, connection, telling))
    return {"person": answer["person"]}, first and answer["new"]


def _tell(care: Care, connection: Connection, telling: Telling) -> Json:
    resident = telling.resident
    person = _whose(care, connection, telling)
    is_new = person.role not in ongoing(connection, care.vault, resident)
    tell_pregnancy(connection, care.vault, resident, person.role, telling.age, care.local_now())
    return {"person": view(care, connection, resident, person.role), "new": is_new}


def _whose(care: Care, connection: Connection, telling: Telling) -> PersonRecord:
    resident, name = telling.resident, telling.given_name
    if telling.role is not None:
        person = adult(care, connection, resident, telling.role)
        if name and not person.given_name:
            named = PersonRecord(person.role, "adult", person.since, name)
            keep_person(connection, care.vault, resident, named, care.now())
        return person
    others = [each for each in live_people(connection, care.vault, resident) if each.kind == "adult"]
    known = [each for each in others if each.role != SELF and same_name(each.given_name, name)]
    if known:
        return known[0]
    fresh = PersonRecord(next_role(connection, care, resident, "other"), "adult", care.now(), name)
    keep_person(connection, care.vault, resident, fresh, care.now())
    return fresh
