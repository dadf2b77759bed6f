"""Rules of appointments, their answers, slots and places."""

from collections.abc import Iterator, Mapping

from latido.fhir.resources import Resource
from latido.fhir.server.answers import Fault
from latido.fhir.server.invariants.rules import Invariant, broken, has, needs_one_of, starts_before_end


def _app_2(resource: Resource, path: str) -> Iterator[Fault]:
    if ("start" in resource) != ("end" in resource):
        yield broken(path, "app-2: start and end come together")


def _app_3(resource: Resource, path: str) -> Iterator[Fault]:
    timeless = resource.get("status") in ("proposed", "cancelled", "waitlist")
    if not timeless and not {"start", "end"} <= resource.keys():
        yield broken(path, "app-3: only proposed, cancelled and waitlist may lack start and end")


def _app_4(resource: Resource, path: str) -> Iterator[Fault]:
    if "cancelationReason" in resource and resource.get("status") not in ("cancelled", "noshow"):
        yield broken(f"{path}.cancelationReason", "app-4: a reason only when cancelled or noshow")


def _apr_1(resource: Resource, path: str) -> Iterator[Fault]:
    if not has(resource, "participantType", "actor"):
        yield broken(path, "apr-1: an answer needs participantType or actor")


def _position_on_earth(resource: Resource, path: str) -> Iterator[Fault]:
    position = resource.get("position") or {}
    if not (abs(position.get("latitude", 0)) <= 90 and abs(position.get("longitude", 0)) <= 180):
        yield broken(f"{path}.position", "latitude is between -90 and 90, longitude between -180 and 180")


INVARIANTS: Mapping[str, Invariant] = {
    "app-1": needs_one_of("participant", "app-1", "type", "actor"),
    "app-2": _app_2,
    "app-3": _app_3,
    "app-4": _app_4,
    "apr-1": _apr_1,
    "start-before-end": starts_before_end("start", "end"),
    "position-on-earth": _position_on_earth,
}
