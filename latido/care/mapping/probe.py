"""What the doctor says of a server's agendas: how many of the city's centres are found there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from latido.care.fhir_names import SERVICES
from latido.care.mapping.found_names import FoundNames
from latido.care.mapping.map_file import MapFile
from latido.fhir.doctor import Finding, Probe, Visit
from latido.fhir.errors import FhirError

_PLACES = "centres that are not found are shown without slots; LATIDO_FHIR_MAP names them (docs/city-server.md)"
_AGENDAS = "without an agenda nothing can be booked; LATIDO_FHIR_MAP names codes and Schedules"


def map_probe(names: MapFile, numbers: Sequence[int]) -> Probe:
    """A probe that looks for the Locations and Schedules of these centres."""

    def probe(visit: Visit) -> Iterator[Finding]:
        found = FoundNames(visit.client, names, numbers)
        try:
            places = sum(found.location_of(number) is not None for number in numbers)
            agendas = {service: len(found.schedules(numbers, service)) for service in SERVICES}
        except FhirError as error:
            yield Finding("the city's centres", "unknown", type(error).__name__, _PLACES)
            return
        yield Finding("the city's centres", "yes" if places else "no", f"{places} of {len(numbers)} found", _PLACES)
        for service, count in agendas.items():
            yield Finding(f"agendas: {service}", "yes" if count else "no", f"{count} found", _AGENDAS)

    return probe
