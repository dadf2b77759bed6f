"""The sweep: what a process left half done, and holds that ran out. Any number of workers may run it."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta

from latido.care.booking.appointments import find_by_booking_key, read_appointment
from latido.care.booking.endings import enter_booked, finish_move, release_hold
from latido.care.booking.ledger import Entry, WindowTaken, ended, find_entry, placed, to_settle
from latido.care.booking.writing.seats import locked_by
from latido.care.booking.writing.steps import coloured_busy
from latido.care.booking.writing.undo import free_again
from latido.care.errors import CareError
from latido.care.rules.status import LIVE
from latido.care.services import Care
from latido.fhir.errors import FhirError, NotFound

# Longer than a booking with all its time-outs can take.
PATIENCE = timedelta(seconds=90)
ROWS = 50

log = logging.getLogger(__name__)


def sweep(care: Care, patience: timedelta = PATIENCE) -> int:
    """Settle what is due; returns how many rows were looked at. What cannot be settled now is tried again later."""
    entries = to_settle(care.engine, care.now(), patience, ROWS)
    for entry in entries:
        try:
            settle(care, entry)
        except (FhirError, CareError) as error:
            log.warning("a booking could not be settled yet: %s", type(error).__name__)
    return len(entries)


def settle(care: Care, entry: Entry) -> None:
    """Bring one row and the server together; the server is right."""
    if entry.state == "placing":
        _read_back(care, entry)
    elif entry.state == "held" and entry.expires_at is not None and entry.expires_at <= care.now():
        _expire(care, entry)
    elif entry.state == "booked" and entry.replacing:
        finish_move(care, entry)
    elif entry.state == "booked" and entry.starts_at <= care.now():
        ended(care.engine, entry.booking_key, "past")


def _expire(care: Care, entry: Entry) -> None:
    release_hold(care, entry, "expired", event="expire")
    after = find_entry(care.engine, entry.booking_key)
    if after is not None and after.state == "held":  # confirmed just before: the row has not heard of it yet
        _booked(care, after, after.appointment_id or "")


def _read_back(care: Care, entry: Entry) -> None:
    appointment = find_by_booking_key(care.fhir, entry.booking_key)
    if appointment is None or appointment["status"] not in LIVE:
        _unlock(care, entry)
        ended(care.engine, entry.booking_key, appointment["status"] if appointment else "never placed")
    elif appointment["status"] == "pending":
        _placed(care, entry, appointment["id"])
    else:
        _booked(care, entry, appointment["id"])


def _placed(care: Care, entry: Entry, appointment_id: str) -> None:
    try:
        placed(care.engine, entry.booking_key, appointment_id, "held", entry.expires_at)
    except WindowTaken:  # given up meanwhile, and another one stands: this one must not
        release_hold(care, replace(entry, appointment_id=appointment_id), "given up")


def _booked(care: Care, entry: Entry, appointment_id: str) -> None:
    enter_booked(care, entry, read_appointment(care.fhir, appointment_id))
    coloured_busy(care.fhir, entry.slot_id)
    settled = find_entry(care.engine, entry.booking_key)
    if settled is not None and settled.replacing:
        finish_move(care, settled)


def _unlock(care: Care, entry: Entry) -> None:
    """Open the slot that a step-by-step write locked before its process died."""
    try:
        slot = care.fhir.read("Slot", entry.slot_id)
    except NotFound:
        return
    if locked_by(slot) == entry.booking_key:
        free_again(care.fhir, entry.slot_id)
        care.released(entry.slot_id)
