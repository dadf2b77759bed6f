"""How an appointment ends: released, expired, cancelled, given up for another one. Its slot is free afterwards."""

from __future__ import annotations

from typing import Literal

from latido.care.booking.appointments import cancelled, read_appointment, slot_id_of
from latido.care.booking.ledger import (
    Entry,
    WindowTaken,
    ended,
    entry_of_appointment,
    placed,
    took_the_place_of,
)
from latido.care.booking.writing.choice import writer_of
from latido.care.booking.writing.seats import after_leaving
from latido.care.booking.writing.writer import Leaving
from latido.care.errors import HealthServiceUnavailable, Missing
from latido.care.rules.status import TERMINAL, Event, may
from latido.care.services import Care
from latido.fhir.errors import Conflict, NotFound, OutcomeUnknown
from latido.fhir.resources import Resource

TRIES = 6
BY_PATIENT, BY_SYSTEM = "pat", "other"


def end(care: Care, appointment: Resource, event: Event, reason: str) -> Resource:
    """The appointment ended by this event, its slot free; as it is when this event cannot end it (any more).

    HealthServiceUnavailable when it keeps changing.
    """
    for _ in range(TRIES):
        if not may(appointment["status"], event):
            return appointment
        try:
            over = writer_of(care).leave(leaving(care, appointment, reason))
        except (Conflict, OutcomeUnknown):
            appointment = read_appointment(care.fhir, appointment["id"])
            continue
        _tell_released(care, over)
        return over
    raise HealthServiceUnavailable("the appointment keeps changing: repeat the request with the same key")


def leaving(care: Care, appointment: Resource, reason: str) -> Leaving:
    """What has to be written for an appointment to end, under the versions that stand now."""
    slot_id = slot_id_of(appointment)
    try:
        slot = care.fhir.read("Slot", slot_id) if slot_id else None
    except NotFound:
        slot = None
    return Leaving(cancelled(appointment, reason), after_leaving(slot) if slot else None)


def release_hold(care: Care, entry: Entry, why: str, event: Literal["let_go", "expire"] = "let_go") -> Resource | None:
    """Let go of a hold; None when it was confirmed meanwhile (then it stays) or is gone, else what ended."""
    appointment = _read(care, entry)
    if appointment is not None:
        appointment = end(care, appointment, event, BY_SYSTEM if event == "expire" else BY_PATIENT)
    if appointment is None or appointment["status"] in TERMINAL:
        ended(care.engine, entry.booking_key, why)
        return appointment
    return None


def enter_booked(care: Care, entry: Entry, appointment: Resource) -> None:
    """Say in the ledger that the server has it booked. Given up meanwhile, while another one stands, it must not."""
    try:
        placed(care.engine, entry.booking_key, appointment["id"], "booked", entry.expires_at)
    except WindowTaken:
        end(care, appointment, "cancel", BY_SYSTEM)
        raise HealthServiceUnavailable("another booking for this person was made meanwhile: try again") from None


def finish_move(care: Care, entry: Entry) -> Resource | None:
    """End the appointment that `entry`, now booked, replaces; the old one, None when it is gone. May be repeated."""
    if entry.replaces is None:
        return None
    old_entry = entry_of_appointment(care.engine, entry.replaces)
    try:
        old = read_appointment(care.fhir, entry.replaces)
    except Missing:
        old = None
    if old is not None and old["status"] in ("booked", "pending"):
        old = end(care, old, "cancel", BY_PATIENT)
    took_the_place_of(care.engine, entry.booking_key, old_entry.booking_key if old_entry else None, "moved")
    return old


def _read(care: Care, entry: Entry) -> Resource | None:
    try:
        return read_appointment(care.fhir, entry.appointment_id or "")
    except Missing:
        return None


def _tell_released(care: Care, appointment: Resource) -> None:
    slot_id = slot_id_of(appointment)
    if slot_id:
        care.released(slot_id)
