"""Writing one resource after the other, for a server without transactions: the Slot under `If-Match` is the lock."""

from __future__ import annotations

from dataclasses import dataclass

from latido.care.booking.writing.seats import after_confirming, locked
from latido.care.booking.writing.undo import free_again
from latido.care.booking.writing.writer import Leaving, condition_of, version_of
from latido.fhir.client import FhirClient
from latido.fhir.errors import Busy, FhirError, NeverSent, OutcomeUnknown, Refused
from latido.fhir.resources import Resource


@dataclass(frozen=True)
class StepWriter:
    """Between two steps a process may die: the lock names its booking key, so that the sweep finds and opens it."""

    fhir: FhirClient

    def take(self, appointment: Resource, slot: Resource) -> Resource:
        """The slot first; it is set free again when the Appointment is refused or never got there."""
        self.fhir.update(locked(slot, appointment["identifier"][0]["value"]), if_match=version_of(slot))
        try:
            return self._create(appointment)
        except (Refused, NeverSent):
            self._open(slot["id"])
            raise

    def confirm(self, appointment: Resource, slot: Resource | None) -> Resource:
        """The Appointment, then its slot; the slot's colour alone is not worth a failure."""
        booked = self.fhir.update(appointment, if_match=version_of(appointment))
        _colour(self.fhir, slot)
        return booked

    def leave(self, leaving: Leaving) -> Resource:
        """The Appointment, then its slot."""
        over = self.fhir.update(leaving.appointment, if_match=version_of(leaving.appointment))
        if leaving.slot is not None:
            self._open(leaving.slot["id"], only_locked=False)
        return over

    def exchange(self, appointment: Resource, slot: Resource | None, leaving: Leaving) -> tuple[Resource, Resource]:
        """The new one, then the old one."""
        return self.confirm(appointment, slot), self.leave(leaving)

    def _create(self, appointment: Resource) -> Resource:
        condition = condition_of(appointment)
        try:
            return self.fhir.create(appointment, if_none_exist=condition)
        except OutcomeUnknown:
            return self._made_or_again(appointment, condition)

    def _made_or_again(self, appointment: Resource, condition: str) -> Resource:
        try:
            return self._made(condition) or self.fhir.create(appointment, if_none_exist=condition)
        except (Busy, NeverSent) as error:
            raise OutcomeUnknown("nobody can say whether the Appointment was made: read back by its key") from error

    def _made(self, condition: str) -> Resource | None:
        """Whether it got there after all: a server may ignore `If-None-Exist`, and would make a second one."""
        name, _, value = condition.partition("=")
        found = self.fhir.search("Appointment", [(name, value)]).matches
        return next((each for each in found if value in _identifiers(each)), None)

    def _open(self, slot_id: str, only_locked: bool = True) -> None:
        try:
            free_again(self.fhir, slot_id, only_locked)
        except FhirError:  # the sweep opens it: the lock bears the booking's key
            return


def coloured_busy(fhir: FhirClient, slot_id: str) -> None:
    """Set a slot busy that is still tentative though its hold was confirmed; tentative or busy, it is not free."""
    try:
        _colour(fhir, after_confirming(fhir.read("Slot", slot_id)))
    except FhirError:
        return


def _identifiers(appointment: Resource) -> list[str]:
    """As `system|value`; a server may have put its own first."""
    return [f"{each.get('system')}|{each.get('value')}" for each in appointment.get("identifier") or []]


def _colour(fhir: FhirClient, slot: Resource | None) -> None:
    try:
        if slot is not None:
            fhir.update(slot, if_match=version_of(slot))
    except FhirError:  # not worth a failure of the booking
        return
