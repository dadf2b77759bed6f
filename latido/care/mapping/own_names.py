"""The map of the embedded server, where every id is one of ours (docs/wires.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from latido.care.fhir_names import (
    SERVICE,
    agenda_id,
    agenda_service,
    center_id,
    center_number,
)
from latido.care.mapping.agenda_map import SlotSearch, actors_of, codings_of, schedule_of
from latido.fhir.resources import Resource


class OwnNames:
    """Centres and services read out of our own ids: nothing is asked."""

    def schedules(self, numbers: Sequence[int], service: str) -> Mapping[str, int]:
        """The Schedules of these centres for a service, by reference, with the centre's number."""
        return {f"Schedule/{agenda_id(number, service)}": number for number in numbers}

    def slot_searches(self, numbers: Sequence[int], service: str) -> list[SlotSearch]:
        """What to ask for the Slots of these centres: one search."""
        references = ",".join(self.schedules(numbers, service))
        return [SlotSearch((("schedule", references),))] if references else []

    def center_of(self, resource: Resource) -> int | None:
        """The centre of a Slot, Schedule or Appointment."""
        places = [schedule_of(resource), *actors_of(resource)]
        found = (center_number(each) for each in places if each)
        return next((number for number in found if number is not None), None)

    def service_of(self, resource: Resource) -> str | None:
        """Our code of the service of a Slot, Schedule or Appointment."""
        said = next((code for system, code in codings_of(resource) if system == SERVICE), None)
        return said or agenda_service(schedule_of(resource) or "")

    def location_of(self, number: int) -> str | None:
        """The reference of a centre's Location."""
        return f"Location/{center_id(number)}"

    def service_type(self, service: str) -> Resource:
        """The CodeableConcept that an Appointment for this service carries."""
        return {"coding": [{"system": SERVICE, "code": service}]}
