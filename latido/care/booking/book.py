"""Booking a slot at once, without a hold."""

from __future__ import annotations

from latido.care.booking.alternatives import with_alternatives
from latido.care.booking.appointments import appointment_view
from latido.care.booking.remembering import remember_booked
from latido.care.booking.taking import take
from latido.care.booking.wish import Booking
from latido.care.idempotency import Write, once
from latido.care.services import Care
from latido.care.views import Json

__all__ = ["Booking", "book"]


def book(care: Care, booking: Booking) -> tuple[Json, bool]:
    """The appointment and whether it was made now (False: the same request had made it before).

    SlotTaken (with others) and AlreadyBooked are clear refusals; after HealthServiceUnavailable the same request
    settles it.
    """
    write = Write(booking.key, "book", booking.fingerprint())

    def work(_: bool) -> Json:
        taken = take(care, booking, "book")
        begun_at = taken.entry.created_at or care.now()
        remember_booked(care, taken.entry, taken.appointment, taken.patient, begun_at)
        return {"appointment": appointment_view(care, taken.appointment, taken.patient, booking.resident)}

    with with_alternatives(care, booking):
        return once(care.engine, care.vault, write, care.now, work)
