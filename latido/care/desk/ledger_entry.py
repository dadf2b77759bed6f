"""The ledger after the desk: when a row and the server disagree, the server is right (docs/adr/0010)."""

from __future__ import annotations

from latido.care.booking.appointments import slot_id_of
from latido.care.booking.ledger import ended, moved_at_desk
from latido.care.desk.judging import read_appointment
from latido.care.desk.reading import entry_for
from latido.care.desk.telling import BY_DESK
from latido.care.rules.status import TERMINAL
from latido.care.services import Care
from latido.fhir.resources import Resource


def correct_ledger(care: Care, appointment: Resource) -> None:
    """Bring Latido's row of this appointment up to what the desk made of it; may be repeated."""
    seen = read_appointment(appointment)
    entry = entry_for(care, seen.appointment_id, seen.booking_key)
    if entry is None or entry.state == "ended":
        return
    if seen.now.status in TERMINAL:
        ended(care.engine, entry.booking_key, BY_DESK)
    elif seen.now.starts_at is not None:
        moved_at_desk(care.engine, entry.booking_key, slot_id_of(appointment) or entry.slot_id, seen.now.starts_at)
