"""Writing by the server's own scheduling operations, as IHE ITI Scheduling names them (ITI-116 hold, ITI-117 book).

Source: https://profiles.ihe.net/ITI/Scheduling. The server looks after its slots; it is never asked to hold a proposal
of somebody else's, so one of ours is made first.
"""

from __future__ import annotations

from dataclasses import dataclass

from latido.care.booking.writing.steps import StepWriter
from latido.care.booking.writing.writer import Leaving, condition_of
from latido.fhir.client import FhirClient
from latido.fhir.errors import Conflict, OutcomeUnknown
from latido.fhir.resources import Resource, reference_to

GRANTED = ("pending", "booked")


@dataclass(frozen=True)
class OperationWriter:
    """`holds`: the server lists `$hold`; without it a hold is written step by step, and `$book` confirms it."""

    fhir: FhirClient
    holds: bool

    def take(self, appointment: Resource, slot: Resource) -> Resource:
        """`$book`, or a proposal and `$hold`."""
        if appointment["status"] == "booked":
            return self._ask("book", "appointment-resource", {**appointment, "status": "pending"})
        if not self.holds:
            return StepWriter(self.fhir).take(appointment, slot)
        proposal = self.fhir.create({**appointment, "status": "proposed"}, if_none_exist=condition_of(appointment))
        if proposal["status"] in GRANTED:
            return proposal
        return self._ask("hold", "appointment-reference", proposal)

    def confirm(self, appointment: Resource, slot: Resource | None) -> Resource:
        """`$book` of the held one, with the person it is for."""
        return self._ask("book", "appointment-resource", {**appointment, "status": "pending"})

    def leave(self, leaving: Leaving) -> Resource:
        """The Appointment cancelled; the slot too, unless the server has freed it by itself."""
        return StepWriter(self.fhir).leave(leaving)

    def exchange(self, appointment: Resource, slot: Resource | None, leaving: Leaving) -> tuple[Resource, Resource]:
        """The new one, then the old one."""
        return self.confirm(appointment, slot), self.leave(leaving)

    def _ask(self, operation: str, name: str, appointment: Resource) -> Resource:
        by_reference = name == "appointment-reference"
        value = {"valueReference": {"reference": reference_to(appointment)}} if by_reference else {}
        parameter = {"name": name, **(value or {"resource": appointment})}
        answer = self.fhir.operation("Appointment", operation, {"resourceType": "Parameters", "parameter": [parameter]})
        return _granted(answer)


def _granted(answer: Resource) -> Resource:
    """The Appointment in the answer, which says whether it was granted; Conflict when the server declined."""
    entries = [entry.get("resource") or {} for entry in answer.get("entry") or []]
    returned = [each.get("resource") or {} for each in answer.get("parameter") or []]
    found = [each for each in [answer, *entries, *returned] if each.get("resourceType") == "Appointment"]
    if not found:
        raise OutcomeUnknown("the operation's answer holds no Appointment: read back")
    if found[0].get("status") not in GRANTED:
        raise Conflict("the server declined: search again and offer others")
    return found[0]
