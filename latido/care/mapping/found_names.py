"""The map of a city's own server: looked for there by identifiers and codes, and kept for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from latido.care.fhir_names import SERVICES
from latido.care.mapping.agenda_map import SlotSearch, actors_of, codings_of, relative, schedule_of
from latido.care.mapping.map_file import MapFile
from latido.fhir.client import FhirClient
from latido.fhir.errors import FhirError
from latido.fhir.resources import Resource, reference_to

KEPT_SECONDS = 900.0
SOONEST_SECONDS = 60.0
"""A Schedule never seen before is a reason to look again, but not more often than this."""


@dataclass(frozen=True)
class Atlas:
    """What was found: places and agendas by reference. A Schedule's services are those it surely is for."""

    locations: Mapping[int, str] = field(default_factory=dict)
    places: Mapping[str, int] = field(default_factory=dict)
    agendas: Mapping[str, int] = field(default_factory=dict)
    services: Mapping[str, frozenset[str]] = field(default_factory=dict)


class FoundNames:
    """Centres and services of a foreign server. While it cannot be asked, what was found last serves."""

    def __init__(
        self,
        fhir: FhirClient,
        names: MapFile,
        numbers: Iterable[int],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fhir = fhir
        self._names = names
        self._numbers = tuple(numbers)
        self._monotonic = monotonic
        self._known: tuple[float, Atlas] | None = None
        self._lock = threading.Lock()
        self._codes = {code: service for service in SERVICES for code in names.codes(service)}

    def schedules(self, numbers: Sequence[int], service: str) -> Mapping[str, int]:
        """The Schedules of these centres that are surely for a service, by reference, with the centre's number."""
        atlas = self._atlas()
        return {
            reference: number
            for reference, number in atlas.agendas.items()
            if number in numbers and service in atlas.services.get(reference, ())
        }

    def slot_searches(self, numbers: Sequence[int], service: str) -> list[SlotSearch]:
        """One search of the Schedules surely for the service, one of the others, whose Slots may say it themselves."""
        atlas = self._atlas()
        sure = self.schedules(numbers, service)
        rest = [each for each, number in atlas.agendas.items() if number in numbers and each not in sure]
        found = [SlotSearch((("schedule", ",".join(sure)),))] if sure else []
        if rest:
            codes = ("service-type", ",".join(self._names.codes(service)))
            found.append(SlotSearch((("schedule", ",".join(rest)), codes), strict=False))
        return found

    def center_of(self, resource: Resource) -> int | None:
        """The centre of a Slot, Schedule or Appointment."""
        schedule = schedule_of(resource)
        if schedule is not None:
            return self._atlas(wanted=schedule).agendas.get(schedule)
        places = self._atlas().places
        return next((places[each] for each in actors_of(resource) if each in places), None)

    def service_of(self, resource: Resource) -> str | None:
        """Our code of its service: what it says itself comes before what its Schedule or HealthcareService says."""
        said = [self._service(system, code) for system, code in codings_of(resource)]
        if said:
            return next((service for service in said if service), None)
        services, schedule = self._atlas().services, schedule_of(resource)
        for reference in [schedule] if schedule else actors_of(resource):
            known = services.get(reference, frozenset())
            if len(known) == 1:
                return next(iter(known))
        return None

    def location_of(self, number: int) -> str | None:
        """The reference of a centre's Location; None when the server has none."""
        return self._atlas().locations.get(number)

    def service_type(self, service: str) -> Resource:
        """The CodeableConcept with the city's codes and our own."""
        pairs = [code.split("|", 1) for code in self._names.codes(service)]
        return {"coding": [{"system": system, "code": code} for system, code in pairs]}

    def _atlas(self, wanted: str | None = None) -> Atlas:
        with self._lock:
            known, now = self._known, self._monotonic()
            if known is not None and now - known[0] < self._kept(known[1], wanted):
                return known[1]
            try:
                atlas = self._look()
            except FhirError:
                if known is None:
                    raise
                atlas = known[1]
            self._known = (now, atlas)
            return atlas

    def _kept(self, atlas: Atlas, wanted: str | None) -> float:
        return KEPT_SECONDS if wanted is None or wanted in atlas.agendas else SOONEST_SECONDS

    def _look(self) -> Atlas:
        locations = self._locations()
        places = {reference: number for number, reference in locations.items()}
        services: dict[str, frozenset[str]] = {}
        for offered in self._all("HealthcareService", "location", locations.values()):
            at = [relative(each.get("reference")) for each in offered.get("location") or []]
            number = next((places[each] for each in at if each in places), None)
            if number is not None:
                places[reference_to(offered)] = number
                services[reference_to(offered)] = self._services(offered, "type")
        agendas: dict[str, int] = {}
        for schedule in self._all("Schedule", "actor", places):
            self._add(schedule, places, agendas, services)
        self._add_named(agendas, services)
        return Atlas(locations, places, agendas, services)

    def _locations(self) -> dict[int, str]:
        """Each centre's Location: as the map file names it, else by identifier."""
        centers = self._names.centers
        found = {number: named.location for number, named in centers.items() if named.location}
        wanted = {self._names.identifier(number): number for number in self._numbers if number not in found}
        for location in self._all("Location", "identifier", wanted):
            for identifier in location.get("identifier") or []:
                number = wanted.get(f"{identifier.get('system')}|{identifier.get('value')}")
                if number is not None and location.get("status", "active") == "active":
                    found.setdefault(number, reference_to(location))
        return found

    def _add(
        self,
        schedule: Resource,
        places: Mapping[str, int],
        agendas: dict[str, int],
        services: dict[str, frozenset[str]],
    ) -> None:
        actors = actors_of(schedule)
        number = next((places[each] for each in actors if each in places), None)
        if number is None or schedule.get("active") is False:
            return
        said = self._services(schedule, "serviceType")
        offered = frozenset().union(*(services.get(each, frozenset()) for each in actors))
        agendas[reference_to(schedule)] = number
        services[reference_to(schedule)] = said or offered

    def _add_named(self, agendas: dict[str, int], services: dict[str, frozenset[str]]) -> None:
        """What the map file says of Schedules stands above what was found."""
        for number, named in self._names.centers.items():
            for service, references in named.schedules.items():
                for reference in references:
                    agendas[reference] = number
                    services[reference] = frozenset({service})

    def _all(self, kind: str, parameter: str, values: Iterable[str]) -> Iterable[Resource]:
        joined = ",".join(values)
        if not joined:
            return
        for page in self._fhir.search_all(kind, [(parameter, joined), ("_count", "200")]):
            yield from page.matches

    def _services(self, resource: Resource, key: str) -> frozenset[str]:
        found = (self._service(system, code) for system, code in codings_of(resource, key))
        return frozenset(service for service in found if service)

    def _service(self, system: str | None, code: str) -> str | None:
        return self._codes.get(f"{system}|{code}")
