"""Whose appointment it is: the person as booking knows her, completed by what the resident told of her people."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from latido.care.booking.patients import Person, birth_date, choose_role, ensure_patient, given_name
from latido.care.errors import Invalid, Missing, NoBirthDate
from latido.care.fhir_names import PEDIATRIC
from latido.care.people.pregnancies import ongoing
from latido.care.people.record import SELF, PersonRecord, all_people
from latido.care.rules.gestation import GestationalAge
from latido.care.rules.service_rules import Facts
from latido.care.services import Care
from latido.fhir.resources import Resource


@dataclass(frozen=True)
class Whose:
    """The person an appointment is for: which of the resident's people, and what the rules may know of her."""

    role: str
    person: Person
    facts: Facts


def whose(
    care: Care,
    resident: str,
    service: str,
    person: Person,
    patients: Mapping[str, Resource],
    age: GestationalAge | None = None,
) -> Whose:
    """Who she is. `age` as said now; else what was told before counts.

    Missing when nobody of hers has that id; NoBirthDate; Invalid when the service is not for her, or nobody says who.
    """
    with care.engine.connect() as connection:
        everybody = all_people(connection, care.vault, resident)
        pregnancies = ongoing(connection, care.vault, resident)
    known = {each.role: each for each in everybody if each.is_live}
    if service == PEDIATRIC:
        stopped = {each.role for each in everybody if each.state == "stopped"}
        return _child(_child_meant(person, known, _without(patients, stopped)), person)
    role = person.role or choose_role(_told_of(known, patients), person, care.dni_systems)
    if role.startswith("child"):
        raise Invalid("the person is a child: name an adult for a prenatal appointment")
    if role == person.role and role not in {SELF, *known, *patients}:
        raise Missing("no such person for this resident")
    record = known.get(role)
    name = person.given_name or (record.given_name if record else None)
    told = pregnancies.get(role)
    facts = Facts(age or (told.age if told else None))
    return Whose(role, replace(person, role=role, given_name=name), facts)


def patient_of(care: Care, resident: str, who: Whose, patients: Mapping[str, Resource]) -> Resource:
    """Her Patient on the FHIR server, created or completed."""
    known = patients.get(who.role)
    return ensure_patient(care.fhir, resident, who.role, known, who.person, care.dni_systems)


def _child_meant(person: Person, known: Mapping[str, PersonRecord], patients: Mapping[str, Resource]) -> PersonRecord:
    children = {role: each for role, each in known.items() if each.kind == "child"}
    if person.role is None:
        if len(children) != 1:
            raise Invalid("say which child it is for: patient.person")
        return next(iter(children.values()))
    if person.role in children:
        return children[person.role]
    if person.role in known or not person.role.startswith("child"):
        raise Invalid("the person must be a child")
    patient = patients.get(person.role)
    if patient is None:
        raise Missing("no such child for this resident")
    # Forgotten here; the health service still knows whom the appointment is for.
    return PersonRecord(person.role, "child", datetime.min, given_name(patient), birth_date(patient))


def _without(patients: Mapping[str, Resource], roles: Collection[str]) -> dict[str, Resource]:
    return {role: each for role, each in patients.items() if role not in roles}


def _child(child: PersonRecord, person: Person) -> Whose:
    if child.birth_date is None:
        raise NoBirthDate("the child's birth date is not known: ask for it")
    named = child.given_name or person.given_name
    full = replace(person, for_whom="other", role=child.role, given_name=named, birth_date=child.birth_date)
    return Whose(child.role, full, Facts(birth_date=child.birth_date))


def _told_of(known: Mapping[str, PersonRecord], patients: Mapping[str, Resource]) -> dict[str, Resource]:
    """The adults by role: as the health service knows them, else by the name we were told."""
    told: dict[str, Resource] = {
        role: {"name": [{"given": [each.given_name]}]} if each.given_name else {}
        for role, each in known.items()
        if each.kind == "adult"
    }
    return told | dict(patients)
