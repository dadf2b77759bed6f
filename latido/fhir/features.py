"""What a server says it can do: its CapabilityStatement, read as far as Latido chooses its way by it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from latido.fhir.resources import Resource

SCHEDULING = ("find", "hold", "book")
"""The operations of IHE ITI Scheduling (ITI-115, 116, 117), which Argonaut's and others' servers name alike."""

_UNVERSIONED = frozenset({None, "no-version"})


@dataclass(frozen=True)
class Features:
    """What a CapabilityStatement lists. False means "not listed": a server may do more than it says.

    Those about writing are what it says of Appointment; `versioned` needs Slot too, for there `If-Match` is the lock.
    """

    transaction: bool = False
    batch: bool = False
    appointment_operations: frozenset[str] = frozenset()
    conditional_create: bool = False
    conditional_update: bool = False
    patch: bool = False
    near: bool = False
    subscription: bool = False
    versioned: bool = False
    patient_match: bool = False
    search_parameters: Mapping[str, frozenset[str]] = field(default_factory=dict)
    types: frozenset[str] = frozenset()
    fhir_version: str | None = None
    software: str | None = None
    said_nothing: bool = False

    def searches(self, resource_type: str, parameter: str) -> bool:
        """Whether it lists this search parameter of this type."""
        return parameter in self.search_parameters.get(resource_type, frozenset())


def read_features(statement: Resource) -> Features:
    """The features of one CapabilityStatement; of anything else, an empty one with `said_nothing`."""
    if statement.get("resourceType") != "CapabilityStatement":
        return Features(said_nothing=True)
    rest = next((each for each in _dicts(statement, "rest") if each.get("mode", "server") == "server"), {})
    types = {str(each["type"]): each for each in _dicts(rest, "resource") if "type" in each}
    system = _codes(rest, "interaction")
    appointment = types.get("Appointment", {})
    parameters = {name: _names(each, "searchParam") for name, each in types.items()}
    return Features(
        transaction="transaction" in system,
        batch="batch" in system,
        appointment_operations=_scheduling(rest, appointment),
        conditional_create=appointment.get("conditionalCreate") is True,
        conditional_update=appointment.get("conditionalUpdate") is True,
        patch="patch" in _codes(appointment, "interaction"),
        near="near" in parameters.get("Location", frozenset()),
        subscription="create" in _codes(types.get("Subscription", {}), "interaction"),
        versioned=all(types.get(name, {}).get("versioning") not in _UNVERSIONED for name in ("Appointment", "Slot")),
        patient_match="match" in _operations(types.get("Patient", {})),
        search_parameters=parameters,
        types=frozenset(types),
        fhir_version=statement.get("fhirVersion"),
        software=_software(statement),
    )


def _scheduling(rest: Resource, appointment: Resource) -> frozenset[str]:
    said = _operations(appointment) | _operations(rest)
    return frozenset(name for name in SCHEDULING if name in said or f"appointment-{name}" in said)


def _operations(part: Resource) -> frozenset[str]:
    """Each operation by its name and by the last part of its canonical URL, in small letters, without `$`."""
    found: set[str] = set()
    for operation in _dicts(part, "operation"):
        canonical = str(operation.get("definition", "")).split("|")[0].rstrip("/")
        found |= {str(operation.get("name", "")), canonical.rsplit("/", 1)[-1]}
    return frozenset(name.lower().lstrip("$") for name in found if name)


def _software(statement: Resource) -> str | None:
    software = statement.get("software")
    if not isinstance(software, dict):
        return None
    return " ".join(str(software[key]) for key in ("name", "version") if software.get(key)) or None


def _codes(part: Resource, key: str) -> frozenset[str]:
    return frozenset(str(each.get("code")) for each in _dicts(part, key))


def _names(part: Resource, key: str) -> frozenset[str]:
    return frozenset(str(each.get("name")) for each in _dicts(part, key))


def _dicts(part: Resource, key: str) -> Iterable[dict[str, Any]]:
    """The objects of a list; nothing where a server wrote something else."""
    listed = part.get(key)
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
