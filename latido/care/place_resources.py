"""Places of the city as FHIR resources, so that the systems of others find them (`Location?near=…&type=…`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from latido.care.fhir_names import CHILDHOOD_CENTRE, HOSPITAL, PLACE_TYPE
from latido.care.places.childhood import ChildhoodCentre
from latido.care.places.directory import Directory, Hospital
from latido.care.places.geometry import Point
from latido.fhir.resources import Resource

ROLE = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"
# HL7's own codes, for those who do not know ours.
STANDARD_TYPES = {"hospital": [{"system": ROLE, "code": "HOSP"}]}


class Site(Protocol):
    """What every kind of place has."""

    @property
    def name(self) -> str:
        """As it is called."""

    @property
    def address(self) -> str:
        """Street and door."""

    @property
    def phones(self) -> tuple[str, ...]:
        """As dialled in the country."""

    @property
    def point(self) -> Point:
        """Where it stands."""


def hospital_resources(hospital: Hospital, directory: Directory) -> Iterator[Resource]:
    """An Organization and its Location; the type says whether children are born there."""
    name, known_as = f"hospital-{hospital.slug}", (HOSPITAL, hospital.slug)
    types = ["hospital", "maternity"] if hospital.maternity else ["hospital"]
    yield organization(name, known_as, hospital)
    yield location(name, known_as, hospital, directory, types)


def childhood_resources(centre: ChildhoodCentre, directory: Directory) -> Iterator[Resource]:
    """The Location of a CPI or CEDI. Who runs it is not published, so there is no Organization."""
    place = location(centre.slug, (CHILDHOOD_CENTRE, centre.slug), centre, directory, [centre.kind])
    del place["managingOrganization"]
    yield {**place, "name": f"{centre.kind} {centre.name}", **_telecom(centre.phones)}


def organization(resource_id: str, known_as: tuple[str, str], site: Site) -> Resource:
    """Who runs a place."""
    return {
        "resourceType": "Organization",
        "id": resource_id,
        "identifier": [_identifier(known_as)],
        "active": True,
        "name": site.name,
        **_telecom(site.phones),
    }


def location(
    resource_id: str, known_as: tuple[str, str], site: Site, directory: Directory, types: Sequence[str]
) -> Resource:
    """Where a place is and what it is, run by the Organization of the same id."""
    return {
        "resourceType": "Location",
        "id": resource_id,
        "identifier": [_identifier(known_as)],
        "status": "active",
        "name": site.name,
        "mode": "instance",
        "type": [_type(name, directory) for name in types],
        "address": {"text": site.address, "city": "Ciudad Autónoma de Buenos Aires", "country": "AR"},
        "position": {"longitude": site.point.longitude, "latitude": site.point.latitude},
        "managingOrganization": {"reference": f"Organization/{resource_id}"},
    }


def _type(name: str, directory: Directory) -> Resource:
    ours = {"system": PLACE_TYPE, "code": name.lower(), "display": directory.labels[name]}
    return {"coding": [ours, *STANDARD_TYPES.get(name, [])]}


def _identifier(known_as: tuple[str, str]) -> Resource:
    return {"system": known_as[0], "value": known_as[1]}


def _telecom(phones: Sequence[str]) -> Resource:
    return {"telecom": [{"system": "phone", "value": phone} for phone in phones]} if phones else {}
