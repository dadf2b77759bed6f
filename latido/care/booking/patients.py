"""The person an appointment is for: one phone may serve several people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from latido.care.errors import Invalid
from latido.care.fhir_names import DNI_SYSTEMS, RESIDENT
from latido.fhir.bundles import SearchBundle
from latido.fhir.client import FhirClient
from latido.fhir.errors import Conflict
from latido.fhir.resources import Resource
from latido.fhir.together import Search

ForWhom = Literal["self", "other"]
# A phone is shared: who says "for me" with another DNI is another person, not a correction of the first.
ROLES: Mapping[ForWhom, Sequence[str]] = {
    "self": ("self", "self-2", "self-3", "self-4"),
    "other": tuple(f"other-{number}" for number in range(1, 9)),
}
# Children are told of before anything is booked for them: a role is never chosen for one.
CHILDREN = tuple(f"child-{number}" for number in range(1, 13))
ALL_ROLES = (*(role for group in ROLES.values() for role in group), *CHILDREN)


@dataclass(frozen=True)
class Person:
    """What is told of the person when booking. Everything but `for_whom` may be missing.

    `role`: which of the resident's people, where that is said; `birth_date`: of a child.
    """

    for_whom: ForWhom
    given_name: str | None = None
    dni: str | None = None
    role: str | None = None
    birth_date: date | None = None

    def fingerprint(self) -> list[str | None]:
        """What makes two requests about her the same."""
        said = [self.for_whom, self.given_name, self.dni]
        return [*said, self.role] if self.role else said


def find_patients(fhir: FhirClient, resident: str) -> dict[str, Resource]:
    """The Patients this resident has booked for, by role ("self", "other-1" …)."""
    return patients_in(fhir.search(*patients_search(resident)), resident)


def patients_search(resident: str) -> Search:
    """The question who her people are. What it holds is a key and no person's number."""
    wanted = ",".join(f"{RESIDENT}|{resident}:{role}" for role in ALL_ROLES)
    return "Patient", [("identifier", wanted), ("_count", str(len(ALL_ROLES)))]


def patients_in(found: SearchBundle, resident: str) -> dict[str, Resource]:
    """The answer to it, by role. A server may ignore a parameter: whoever is not hers is nobody."""
    by_role = {role_of(patient, resident): patient for patient in found.matches}
    return {role: patient for role, patient in by_role.items() if role in ALL_ROLES}


def person_of(role: str) -> Person:
    """What a role alone says of a person."""
    return Person("self" if role.startswith("self") else "other", role=role)


def role_of(patient: Resource, resident: str) -> str:
    """The role of one of a resident's Patients."""
    value = _identifier(patient, RESIDENT) or ""
    return value.removeprefix(f"{resident}:")


def choose_role(known: Mapping[str, Resource], person: Person, dni_systems: Sequence[str] = DNI_SYSTEMS) -> str:
    """The role this person has or takes: the same DNI first, else one that nothing contradicts, else a new one."""
    roles = ROLES[person.for_whom]
    same = [role for role in roles if role in known and person.dni and _dni(known[role], dni_systems) == person.dni]
    compatible = [role for role in roles if role in known and not _contradicts(known[role], person, dni_systems)]
    free = [role for role in roles if role not in known]
    for choice in (same, compatible, free):
        if choice:
            return choice[0]
    raise Invalid("too many people are booked from this phone: hand over to a person")


def ensure_patient(
    fhir: FhirClient,
    resident: str,
    role: str,
    known: Resource | None,
    person: Person,
    dni_systems: Sequence[str] = DNI_SYSTEMS,
) -> Resource:
    """The Patient of this role, created or completed with what is newly told."""
    if known is None:
        blank: Resource = {
            "resourceType": "Patient",
            "active": True,
            "identifier": [{"system": RESIDENT, "value": f"{resident}:{role}"}],
        }
        return fhir.create(
            _completed(blank, person, dni_systems), if_none_exist=f"identifier={RESIDENT}|{resident}:{role}"
        )
    complete = _completed(known, person, dni_systems)
    if complete == known:
        return known
    try:
        return fhir.update(complete, if_match=known["meta"]["versionId"])
    except Conflict:  # completed by another request just now; what it lacks is asked for at the desk
        return fhir.read("Patient", known["id"])


def given_name(patient: Resource | None) -> str | None:
    """The first name, if it was told."""
    for name in (patient or {}).get("name") or []:
        for given in name.get("given") or []:
            return str(given)
    return None


def _completed(patient: Resource, person: Person, dni_systems: Sequence[str]) -> Resource:
    complete = dict(patient)
    if person.dni and _dni(patient, dni_systems) is None:
        complete["identifier"] = [*patient["identifier"], {"system": dni_systems[0], "value": person.dni}]
    # What a child is called and when it was born may have been corrected since.
    is_corrected = person.birth_date is not None and given_name(patient) != person.given_name
    if person.given_name and (given_name(patient) is None or is_corrected):
        complete["name"] = [{"given": [person.given_name]}]
    if person.birth_date is not None:
        complete["birthDate"] = person.birth_date.isoformat()
    return complete


def birth_date(patient: Resource | None) -> date | None:
    """When the person was born, to the day; None when that is not known."""
    try:
        return date.fromisoformat(str((patient or {}).get("birthDate", "")))
    except ValueError:
        return None


def _contradicts(patient: Resource, person: Person, dni_systems: Sequence[str]) -> bool:
    dni, name = _dni(patient, dni_systems), given_name(patient)
    if dni and person.dni:
        return dni != person.dni
    names_differ = bool(name and person.given_name) and (name or "").casefold() != (person.given_name or "").casefold()
    return person.for_whom == "other" and names_differ


def _dni(patient: Resource, systems: Sequence[str]) -> str | None:
    """The DNI's digits, under whichever of the equal systems it was written; a desk may have put dots in."""
    found = (_identifier(patient, system) for system in systems)
    written = next((value for value in found if value), None)
    return "".join(sign for sign in written if sign.isdigit()) if written else None


def _identifier(resource: Resource, system: str) -> str | None:
    for identifier in resource.get("identifier") or []:
        if identifier.get("system") == system:
            return str(identifier["value"])
    return None
