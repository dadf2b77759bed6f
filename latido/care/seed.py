"""Putting the city's places on a FHIR server. Repeating it changes only what differs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from latido.care.fhir_names import CENTER, PEDIATRIC, PRENATAL, SERVICE, SERVICES, agenda_id, center_id
from latido.care.place_resources import childhood_resources, hospital_resources, location, organization
from latido.care.places.directory import Center, Directory, load_directory
from latido.fhir.bundles import update_entry
from latido.fhir.client import FhirClient
from latido.fhir.resources import Resource

# All places fit into one: a few hundred small resources.
ENTRIES_PER_TRANSACTION = 400
SERVICE_NAMES = {PRENATAL: "Control prenatal", PEDIATRIC: "Control de niñas y niños"}


def seed_places(fhir: FhirClient, directory: Directory | None = None) -> int:
    """Write every centre with the agendas of its published services, every hospital and early-childhood centre.

    Returns how many resources were created or changed. A centre without a published service list gets no agenda:
    unknown stays unknown until an agenda is imported for it.
    """
    return write_changed(fhir, place_resources(directory or load_directory()))


def place_resources(directory: Directory) -> Iterator[Resource]:
    """What stands for all places of the city."""
    for center in directory.centers.values():
        yield from center_resources(center, directory)
    for hospital in directory.hospitals.values():
        yield from hospital_resources(hospital, directory)
    for centre in directory.childhood_centres:
        yield from childhood_resources(centre, directory)


def center_resources(center: Center, directory: Directory) -> Iterator[Resource]:
    """What stands for one centre."""
    known_as = (CENTER, str(center.number))
    yield organization(center_id(center.number), known_as, center)
    yield location(center_id(center.number), known_as, center, directory, ["health-center"])
    for service in SERVICES:
        if center.offers(service):
            yield from agenda_resources(center, service)


def agenda_resources(center: Center, service: str) -> Iterator[Resource]:
    """The HealthcareService and Schedule of one service at a centre."""
    shared = {
        "id": agenda_id(center.number, service),
        "active": True,
        "identifier": [{"system": CENTER, "value": str(center.number)}],
    }
    kind = {"coding": [{"system": SERVICE, "code": service}]}
    yield {
        "resourceType": "HealthcareService",
        **shared,
        "providedBy": {"reference": f"Organization/{center_id(center.number)}"},
        "type": [kind],
        "location": [{"reference": f"Location/{center_id(center.number)}"}],
        "name": f"{SERVICE_NAMES[service]}, {center.name}",
    }
    yield {
        "resourceType": "Schedule",
        **shared,
        "serviceType": [kind],
        "actor": [
            {"reference": f"HealthcareService/{agenda_id(center.number, service)}"},
            {"reference": f"Location/{center_id(center.number)}"},
        ],
    }


def write_changed(fhir: FhirClient, wanted: Iterable[Resource]) -> int:
    """Write the resources (with ids of ours) that are absent or differ; returns how many."""
    written = 0
    for batch in in_batches(wanted, ENTRIES_PER_TRANSACTION):
        stored = _stored(fhir, batch)
        changed = [resource for resource in batch if not _same(stored.get(_key(resource)), resource)]
        if changed:
            fhir.transaction([update_entry(resource) for resource in changed], minimal=True)
        written += len(changed)
    return written


def in_batches(resources: Iterable[Resource], size: int) -> Iterator[list[Resource]]:
    """The resources in lists of at most `size`."""
    rest = iter(resources)
    while batch := list(islice(rest, size)):
        yield batch


def _stored(fhir: FhirClient, batch: list[Resource]) -> dict[tuple[str, str], Resource]:
    found: dict[tuple[str, str], Resource] = {}
    for kind in {resource["resourceType"] for resource in batch}:
        ids = ",".join(resource["id"] for resource in batch if resource["resourceType"] == kind)
        for resource in fhir.search(kind, [("_id", ids), ("_count", str(len(batch)))]).matches:
            found[_key(resource)] = resource
    return found


def _key(resource: Resource) -> tuple[str, str]:
    return resource["resourceType"], resource["id"]


def _same(stored: Resource | None, wanted: Resource) -> bool:
    return stored is not None and {key: value for key, value in stored.items() if key != "meta"} == wanted
