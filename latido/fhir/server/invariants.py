"""Rules between elements, by the name FHIR gives them; our own have a name in words.

Source of app-*: https://hl7.org/fhir/R4/appointment.html#invs; org-1, pat-1: the pages of those resources.
"""

from collections.abc import Callable, Iterator, Mapping

from latido.fhir.resources import Resource
from latido.fhir.server.answers import Fault
from latido.fhir.server.instants import interval_of

Invariant = Callable[[Resource, str], Iterator[Fault]]


def _app_1(resource: Resource, path: str) -> Iterator[Fault]:
    for index, participant in enumerate(resource.get("participant", [])):
        if not {"type", "actor"} & participant.keys():
            yield Fault(f"{path}.participant[{index}]", "invariant", "app-1: a participant needs type or actor")


def _app_2(resource: Resource, path: str) -> Iterator[Fault]:
    if ("start" in resource) != ("end" in resource):
        yield Fault(path, "invariant", "app-2: start and end come together")


def _app_3(resource: Resource, path: str) -> Iterator[Fault]:
    timeless = resource.get("status") in ("proposed", "cancelled", "waitlist")
    if not timeless and not {"start", "end"} <= resource.keys():
        yield Fault(path, "invariant", "app-3: only proposed, cancelled and waitlist may lack start and end")


def _app_4(resource: Resource, path: str) -> Iterator[Fault]:
    if "cancelationReason" in resource and resource.get("status") not in ("cancelled", "noshow"):
        yield Fault(f"{path}.cancelationReason", "invariant", "app-4: a reason only when cancelled or noshow")


def _org_1(resource: Resource, path: str) -> Iterator[Fault]:
    if not {"identifier", "name"} & resource.keys():
        yield Fault(path, "invariant", "org-1: an organization needs identifier or name")


def _pat_1(resource: Resource, path: str) -> Iterator[Fault]:
    for index, contact in enumerate(resource.get("contact", [])):
        if not {"name", "telecom", "address", "organization"} & contact.keys():
            yield Fault(f"{path}.contact[{index}]", "invariant", "pat-1: a contact needs a name or a way to reach it")


def _start_before_end(resource: Resource, path: str) -> Iterator[Fault]:
    start, end = (interval_of(str(resource.get(name, ""))) for name in ("start", "end"))
    if start and end and start.low >= end.high:
        yield Fault(path, "invariant", "start must not be after end")


def _position_on_earth(resource: Resource, path: str) -> Iterator[Fault]:
    position = resource.get("position") or {}
    if not (abs(position.get("latitude", 0)) <= 90 and abs(position.get("longitude", 0)) <= 180):
        yield Fault(f"{path}.position", "invariant", "latitude is between -90 and 90, longitude between -180 and 180")


INVARIANTS: Mapping[str, Invariant] = {
    "app-1": _app_1,
    "app-2": _app_2,
    "app-3": _app_3,
    "app-4": _app_4,
    "org-1": _org_1,
    "pat-1": _pat_1,
    "start-before-end": _start_before_end,
    "position-on-earth": _position_on_earth,
}
"""The rules that a definition may name."""
