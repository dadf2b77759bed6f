"""What use cases ask of a server, whatever it can do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from latido.fhir.resources import Resource


@dataclass(frozen=True)
class Leaving:
    """An appointment as it is to end, and its slot as it is to be afterwards (None: unchanged, or gone)."""

    appointment: Resource
    slot: Resource | None = None


class Writer(Protocol):
    """Each write is all or nothing as far as the server allows, under the versions that were read.

    Conflict: somebody changed one of the resources, and nothing of this write stays. OutcomeUnknown: nobody can tell;
    read back. Every write may be repeated with what is read then.
    """

    def take(self, appointment: Resource, slot: Resource) -> Resource:
        """The new Appointment (its booking key makes it once) on `slot`, which is as it is to be afterwards."""

    def confirm(self, appointment: Resource, slot: Resource | None) -> Resource:
        """The held Appointment, booked; its slot too."""

    def leave(self, leaving: Leaving) -> Resource:
        """The ended Appointment, its slot free."""

    def exchange(self, appointment: Resource, slot: Resource | None, leaving: Leaving) -> tuple[Resource, Resource]:
        """The new one confirmed, then the old one ended: never the other way round."""


def condition_of(appointment: Resource) -> str:
    """The `If-None-Exist` under which an Appointment of ours is created."""
    identifier = appointment["identifier"][0]
    return f"identifier={identifier['system']}|{identifier['value']}"


def version_of(resource: Resource) -> str | None:
    """The version that was read; None on a server that keeps none."""
    version = (resource.get("meta") or {}).get("versionId")
    return str(version) if version is not None else None
