"""Moving an appointment: the new slot is held, then confirmed; only then the old one ends."""

from __future__ import annotations

from latido.care.booking.alternatives import with_alternatives
from latido.care.booking.appointments import read_appointment
from latido.care.booking.hold import confirm_entry
from latido.care.booking.patients import Person
from latido.care.booking.taking import take
from latido.care.booking.wish import Booking
from latido.care.errors import NotMovable
from latido.care.idempotency import Write, once
from latido.care.services import Care
from latido.care.views import Json


def reschedule(care: Care, appointment_id: str, resident: str, slot_id: str, key: str) -> Json:
    """The new appointment and the one it `replaced`. The old one stands until the new one is booked.

    NotMovable when it is over or past, SlotTaken (with others), Missing when it is not hers.
    """
    write = Write(key, "reschedule", {"appointment": appointment_id, "resident": resident, "slot": slot_id})
    service = care.agendas.service_of(read_appointment(care.fhir, appointment_id))
    if service is None:
        raise NotMovable("the appointment is of no service of Latido: move it at the centre")
    booking = Booking(key, resident, slot_id, service, Person("self"), replaces=appointment_id)

    def work(_: bool) -> Json:
        return confirm_entry(care, take(care, booking, "hold").entry, f"{key}.again")

    with with_alternatives(care, booking):
        return once(care.engine, care.vault, write, care.now, work)[0]
