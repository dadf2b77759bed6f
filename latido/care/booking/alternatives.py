"""A refused slot comes with others: nobody is left with a no alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from latido.care.booking.offers import Request, offer
from latido.care.booking.wish import Booking
from latido.care.errors import CareError, SlotTaken
from latido.care.places.locate import Near
from latido.care.residents import remembered_place
from latido.care.services import Care
from latido.care.views import Json
from latido.fhir.errors import FhirError

SHOWN = 3


@contextmanager
def with_alternatives(care: Care, booking: Booking) -> Iterator[None]:
    """SlotTaken raised inside carries other offers for the same person."""
    try:
        yield
    except SlotTaken as refusal:
        refusal.offers = _others(care, booking)
        raise


def _others(care: Care, booking: Booking) -> Json | None:
    """Other free slots near her, or near the centre of the slot she wanted; None while nobody can say."""
    with care.engine.connect() as connection:
        place = remembered_place(connection, booking.resident)
    number = _center_of_slot(care, booking.slot_id) if place is None else None
    if place is None and number is None:
        return None
    wanted = Request(
        resident=booking.resident,
        service=booking.service,
        near=None if place else Near(center_number=number),
        person=booking.person if booking.person.role else None,
        age=booking.age,
        answers=booking.answers,
        priority=booking.priority,
        limit=SHOWN,
    )
    try:
        return offer(care, wanted)
    except (CareError, FhirError):
        return None


def _center_of_slot(care: Care, slot_id: str) -> int | None:
    """Where the slot is that she did not get; None when it is gone or nobody can say."""
    try:
        return care.agendas.center_of(care.fhir.read("Slot", slot_id))
    except FhirError:
        return None
