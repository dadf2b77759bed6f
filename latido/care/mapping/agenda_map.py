"""What booking asks of a map, and how references and codes are read out of resources, whoever wrote them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from latido.fhir.resources import Resource, reference_to, split_reference


@dataclass(frozen=True)
class SlotSearch:
    """Parameters that choose the Slots of some agendas; `strict` False where the server may not know all of them."""

    params: tuple[tuple[str, str], ...]
    strict: bool = True


class AgendaMap(Protocol):
    """Which of the server's resources stand for (centre, service)."""

    def schedules(self, numbers: Sequence[int], service: str) -> Mapping[str, int]:
        """The Schedules of these centres that are surely for a service, by reference, with the centre's number."""

    def slot_searches(self, numbers: Sequence[int], service: str) -> list[SlotSearch]:
        """The searches that together find these centres' Slots for a service; look at `service_of` each Slot found."""

    def center_of(self, resource: Resource) -> int | None:
        """The number of the centre of a Slot, Schedule or Appointment; None when it is none of the city's."""

    def service_of(self, resource: Resource) -> str | None:
        """Our code of the service of a Slot, Schedule or Appointment; None when it is none of ours."""

    def location_of(self, number: int) -> str | None:
        """The reference of a centre's Location; None when the server has none."""

    def service_type(self, service: str) -> Resource:
        """The CodeableConcept that an Appointment for this service carries."""


def codings_of(resource: Resource, key: str = "serviceType") -> Iterator[tuple[str | None, str]]:
    """Each coding of a CodeableConcept or a list of them, as (system, code)."""
    said = resource.get(key) or []
    for concept in said if isinstance(said, list) else [said]:
        for coding in concept.get("coding") or []:
            if coding.get("code"):
                yield coding.get("system"), str(coding["code"])


def schedule_of(resource: Resource) -> str | None:
    """The relative reference of a Slot's Schedule, or of the Schedule itself."""
    if resource.get("resourceType") == "Schedule":
        return reference_to(resource)
    return relative((resource.get("schedule") or {}).get("reference"))


def actors_of(resource: Resource) -> list[str]:
    """The relative references of a Schedule's actors or an Appointment's participants."""
    listed = resource.get("actor") or [each.get("actor") or {} for each in resource.get("participant") or []]
    found = (relative(each.get("reference")) for each in listed)
    return [reference for reference in found if reference]


def relative(reference: str | None) -> str | None:
    """`Type/id` of a relative or absolute reference; None for any other."""
    target = split_reference(reference or "")
    return "/".join(target) if target else None
