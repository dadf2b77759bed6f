"""A resident tells of a child: new, known already, or to be corrected."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import Connection

from latido.care.errors import ImpossibleBirthDate, Missing
from latido.care.idempotency import Write
from latido.care.life_course.telling import next_role, same_name, told, view
from latido.care.people.record import PersonRecord, find_person, keep_person, live_people
from latido.care.rules.growth import years_after
from latido.care.services import Care
from latido.care.views import Json

OF_AGE_YEARS = 18


@dataclass(frozen=True)
class Child:
    """What she tells. `role` names the child to correct."""

    key: str
    resident: str
    role: str | None = None
    given_name: str | None = None
    birth_date: date | None = None

    def fingerprint(self) -> Json:
        """What makes two requests the same."""
        return {
            "resident": self.resident,
            "child": self.role,
            "name": self.given_name,
            "born": self.birth_date.isoformat() if self.birth_date else None,
        }


def tell(care: Care, child: Child) -> tuple[Json, bool]:
    """The child, and whether it is a new one. NoConsent, ImpossibleBirthDate; Missing for one nobody knows."""
    write = Write(child.key, "child", child.fingerprint())
    answer, first = told(care, write, child.resident, lambda connection: _tell(care, connection, child))
    return {"person": answer["person"]}, first and answer["new"]


def refuse_impossible(born_on: date | None, today: date) -> None:
    """ImpossibleBirthDate when no child can have been born on that day."""
    if born_on is None:
        return
    if born_on > today:
        raise ImpossibleBirthDate("the birth date is in the future: ask for it once more")
    if years_after(born_on, OF_AGE_YEARS) <= today:
        raise ImpossibleBirthDate(f"the birth date is {OF_AGE_YEARS} years ago or more: ask for it once more")


def find_or_add(
    care: Care,
    connection: Connection,
    resident: str,
    name: str | None,
    born_on: date | None,
    others: Collection[str] = (),
) -> tuple[PersonRecord, bool]:
    """The child told of, completed by what is new, and whether it was unknown; `others` are told to be other children.

    A child without a name yet takes the name that is told with its birth date; two of one day are told apart by name.
    """
    children = [each for each in live_people(connection, care.vault, resident) if each.kind == "child"]
    rest = [each for each in children if each.role not in others]
    found = _same_child(rest, name, born_on)
    if found is None:
        fresh = PersonRecord(next_role(connection, care, resident, "child"), "child", care.now(), name, born_on)
        keep_person(connection, care.vault, resident, fresh, care.now())
        return fresh, True
    complete = replace(found, given_name=found.given_name or name, birth_date=found.birth_date or born_on)
    if complete != found:
        keep_person(connection, care.vault, resident, complete, care.now())
    return complete, False


def _tell(care: Care, connection: Connection, child: Child) -> Json:
    refuse_impossible(child.birth_date, care.local_now().date())
    if child.role is None:
        person, is_new = find_or_add(care, connection, child.resident, child.given_name, child.birth_date)
    else:
        person, is_new = _corrected(care, connection, child, child.role), False
    return {"person": view(care, connection, child.resident, person.role), "new": is_new}


def _corrected(care: Care, connection: Connection, child: Child, role: str) -> PersonRecord:
    known = find_person(connection, care.vault, child.resident, role)
    if known is None or known.kind != "child" or not known.is_live:
        raise Missing("no such child for this resident")
    changed = replace(
        known, given_name=child.given_name or known.given_name, birth_date=child.birth_date or known.birth_date
    )
    keep_person(connection, care.vault, child.resident, changed, care.now())
    return changed


def _same_child(children: list[PersonRecord], name: str | None, born_on: date | None) -> PersonRecord | None:
    """The child of that name and day; else one of that day without a name, or of that name without a day."""
    dated = [each for each in children if born_on is None or each.birth_date in (born_on, None)]
    named = [each for each in dated if name and same_name(each.given_name, name)]
    same_day = [each for each in dated if born_on is not None and each.birth_date == born_on]
    nameless = [each for each in same_day if not each.given_name]
    if named:
        return max(named, key=lambda each: each.birth_date == born_on)
    if nameless:
        return nameless[0]
    if not name and same_day:
        return same_day[0]
    blank = [each for each in children if not each.given_name and each.birth_date is None]
    return blank[0] if blank else None
