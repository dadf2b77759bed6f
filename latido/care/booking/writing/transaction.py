"""Writing by FHIR transactions: the embedded server's are atomic, another's are only said to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from latido.care.booking.writing.seats import locked
from latido.care.booking.writing.undo import ended_by_mistake, free_again
from latido.care.booking.writing.writer import Leaving, condition_of, version_of
from latido.fhir.bundles import RequestEntry, ResponseEntry, create_entry, update_entry
from latido.fhir.client import FhirClient
from latido.fhir.errors import Conflict, OutcomeUnknown
from latido.fhir.resources import Resource, split_reference

REFUSED = 400


@dataclass(frozen=True)
class TransactionWriter:
    """`atomic`: all entries or none is certain. Elsewhere each entry's status is looked at, and halves are undone."""

    fhir: FhirClient
    atomic: bool

    def take(self, appointment: Resource, slot: Resource) -> Resource:
        """The Appointment and its Slot in one transaction."""
        taken = slot if self.atomic else locked(slot, appointment["identifier"][0]["value"])
        entries = [create_entry(appointment, if_none_exist=condition_of(appointment)), _update(taken)]
        answers = self.fhir.transaction(entries)
        if self._refused(answers):
            self._undo_taking(answers, slot)
            raise Conflict("the server kept a part of a refused transaction; it was undone")
        return self._resource(answers[0])

    def confirm(self, appointment: Resource, slot: Resource | None) -> Resource:
        """Both in one transaction."""
        return self._all([_update(appointment), *_maybe(slot)])

    def leave(self, leaving: Leaving) -> Resource:
        """Both in one transaction."""
        return self._all([_update(leaving.appointment), *_maybe(leaving.slot)])

    def exchange(self, appointment: Resource, slot: Resource | None, leaving: Leaving) -> tuple[Resource, Resource]:
        """All four in one transaction where it is atomic; else the new one first, for halves must not cost the old."""
        if not self.atomic:
            booked = self.confirm(appointment, slot)
            return booked, self.leave(leaving)
        old = [_update(leaving.appointment), *_maybe(leaving.slot)]
        answers = self.fhir.transaction([_update(appointment), *_maybe(slot), *old])
        return self._resource(answers[0]), self._resource(answers[1 if slot is None else 2])

    def _all(self, entries: Sequence[RequestEntry]) -> Resource:
        answers = self.fhir.transaction(entries)
        if self._refused(answers):
            # Each of these steps may be made again from what is read next, so a half needs no undoing.
            raise Conflict("the server refused a part of a transaction: read again")
        return self._resource(answers[0])

    def _refused(self, answers: Sequence[ResponseEntry]) -> bool:
        return not self.atomic and any(answer.status >= REFUSED for answer in answers)

    def _undo_taking(self, answers: Sequence[ResponseEntry], slot: Resource) -> None:
        made, slot_answer = answers[0], answers[-1]
        if made.status < REFUSED and slot_answer.status >= REFUSED:
            ended_by_mistake(self.fhir, self._resource(made))
        # Two halves may have refused each other: whoever comes last finds nobody on the slot, and opens it.
        free_again(self.fhir, slot["id"])

    def _resource(self, answer: ResponseEntry) -> Resource:
        if answer.resource is not None:
            return answer.resource
        target = split_reference(answer.reference or "")
        if target is None:
            raise OutcomeUnknown("the server did not say what became of the transaction: read back")
        return self.fhir.read(*target)


def _update(resource: Resource) -> RequestEntry:
    return update_entry(resource, if_match=version_of(resource))


def _maybe(slot: Resource | None) -> list[RequestEntry]:
    return [_update(slot)] if slot is not None else []
