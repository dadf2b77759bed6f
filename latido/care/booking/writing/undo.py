"""Taking back the half of a write that a server without transactions, or with leaky ones, kept."""

from __future__ import annotations

from latido.care.booking.writing.seats import TAKEN, live_count, locked_by
from latido.care.booking.writing.writer import version_of
from latido.care.fhir_names import CANCELLATION_REASON
from latido.fhir.client import FhirClient
from latido.fhir.errors import Conflict, FhirError
from latido.fhir.resources import Resource

TRIES = 3


def ended_by_mistake(fhir: FhirClient, appointment: Resource) -> None:
    """Cancel an Appointment that was made though its slot was refused; what fails here is left to the sweep."""
    for _ in range(TRIES):
        reason = {"coding": [{"system": CANCELLATION_REASON, "code": "oth-err"}]}
        over = {**appointment, "status": "cancelled", "cancelationReason": reason}
        try:
            fhir.update(over, if_match=version_of(appointment))
            return
        except Conflict:
            appointment = fhir.read("Appointment", appointment["id"])
            if appointment["status"] == "cancelled":
                return


def free_again(fhir: FhirClient, slot_id: str, only_locked: bool = True) -> None:
    """Set a slot free that nobody holds. One with a live appointment stays, and, unless a booking of ours has just
    left it, one without a lock of ours: the centre may have blocked it.
    """
    for _ in range(TRIES):
        slot = fhir.read("Slot", slot_id)
        blocked = only_locked and locked_by(slot) is None
        if slot["status"] not in TAKEN or blocked or live_count(fhir, slot_id):
            return
        try:
            fhir.update({**slot, "status": "free"}, if_match=version_of(slot))
            return
        except Conflict:
            continue
    raise FhirError("the slot keeps changing: look again later")
