"""One live appointment a person and window of the pregnancy or childhood: whoever wants another one is stopped here.

The ledger's unique index is the guard between requests; appointments made at the desk have no row and are looked up.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from latido.care.booking.appointments import (
    appointment_view,
    booking_key_of,
    facts_of,
    live_appointments,
    read_appointment,
)
from latido.care.booking.endings import release_hold
from latido.care.booking.ledger import Entry, WindowTaken, begin_entry, ended, find_entry, open_entries
from latido.care.booking.settling import PATIENCE, settle
from latido.care.booking.wish import Booking
from latido.care.errors import AlreadyBooked, HealthServiceUnavailable, Missing, SlotTaken
from latido.care.rules.status import LIVE
from latido.care.services import BUENOS_AIRES, Care
from latido.fhir.resources import Resource

WAIT_S = 5.0
PAUSE_S = 0.05


def reserve(care: Care, booking: Booking, patient: Resource, patient_key: str, slot: Resource) -> Entry:
    """The row of the ledger under which this booking may go on.

    AlreadyBooked when an appointment stands in its way; an earlier hold of hers is let go, if the slot is free.
    """
    wanted = wanted_entry(care, booking, patient_key, slot)
    _refuse_desk_made(care, wanted, patient)
    give_up = time.monotonic() + WAIT_S
    while True:
        known = find_entry(care.engine, booking.key)
        if known is not None and known.state != "ended":
            return known
        rival = _begin(care, wanted, again=known is not None)
        if rival is None:
            return wanted
        _make_way(care, rival, booking, patient, slot)
        if time.monotonic() > give_up:
            raise HealthServiceUnavailable("another booking for this person is still being settled: try again")


def wanted_entry(care: Care, booking: Booking, patient_key: str, slot: Resource) -> Entry:
    """The row a booking of this slot would have."""
    start = datetime.fromisoformat(slot["start"])
    windows = care.rules[booking.service].windows
    minutes = care.hold_minutes if booking.minutes is None else booking.minutes
    return Entry(
        booking_key=booking.key,
        resident=booking.resident,
        patient_key=patient_key,
        service=booking.service,
        pregnancy_window=windows.window_of(booking.facts, start.astimezone(BUENOS_AIRES).date()),
        slot_id=slot["id"],
        starts_at=start,
        origin=booking.origin,
        replacing=booking.replaces is not None,
        replaces=booking.replaces,
        expires_at=care.now() + timedelta(minutes=minutes),
        created_at=care.now(),
    )


def refuse_if_booked(care: Care, wanted: Entry, patient: Resource) -> None:
    """AlreadyBooked when this person has an appointment in the window, from wherever; nothing is written."""
    _refuse_desk_made(care, wanted, patient)
    with care.engine.begin() as connection:
        rivals = _rivals(care, open_entries(connection, wanted.patient_key, wanted.service), wanted)
    for rival in rivals:
        if rival.state == "booked":
            _refuse_if_it_stands(care, rival, patient)


def _begin(care: Care, wanted: Entry, again: bool) -> Entry | None:
    """Write the row, or give the one that stands in its way."""
    try:
        with care.engine.begin() as connection:
            rivals = _rivals(care, open_entries(connection, wanted.patient_key, wanted.service), wanted)
            if rivals:
                return rivals[0]
            begin_entry(connection, wanted, care.now(), again)
    except WindowTaken:  # a row whose appointment is past, and which the sweep has not come to yet
        return _past_one(care, wanted)
    return None


def _past_one(care: Care, wanted: Entry) -> Entry | None:
    with care.engine.begin() as connection:
        same = [
            each
            for each in open_entries(connection, wanted.patient_key, wanted.service)
            if each.pregnancy_window == wanted.pregnancy_window and each.booking_key != wanted.booking_key
        ]
    return same[0] if same else wanted


def _rivals(care: Care, entries: list[Entry], wanted: Entry) -> list[Entry]:
    day = wanted.starts_at.astimezone(BUENOS_AIRES).date()
    return [
        each
        for each in entries
        if each.booking_key != wanted.booking_key
        and (wanted.replaces is None or each.appointment_id != wanted.replaces)
        and each.starts_at > care.now()
        and care.rules[wanted.service].windows.clash(
            each.pregnancy_window, each.starts_at.astimezone(BUENOS_AIRES).date(), wanted.pregnancy_window, day
        )
    ]


def _make_way(care: Care, rival: Entry, booking: Booking, patient: Resource, slot: Resource) -> None:
    """Settle a row that stands in the way, or refuse."""
    if rival.state == "held":
        if slot["status"] != "free":
            raise SlotTaken("somebody else took the slot: choose another")
        release_hold(care, rival, "she chose another slot")
    elif rival.state == "booked":
        _refuse_if_it_stands(care, rival, patient)
    elif rival.looked_at is not None and rival.looked_at < care.now() - PATIENCE:
        settle(care, rival)
    else:
        time.sleep(PAUSE_S)


def _refuse_if_it_stands(care: Care, rival: Entry, patient: Resource) -> None:
    try:
        appointment = read_appointment(care.fhir, rival.appointment_id or "")
    except Missing:
        ended(care.engine, rival.booking_key, "gone from the server")
        return
    if appointment["status"] not in LIVE or datetime.fromisoformat(appointment["start"]) <= care.now():
        ended(care.engine, rival.booking_key, appointment["status"])
        return
    raise AlreadyBooked(appointment_view(care, appointment, patient, rival.resident))


def _refuse_desk_made(care: Care, wanted: Entry, patient: Resource) -> None:
    """AlreadyBooked for a live appointment that Latido has no open row of."""
    day, windows = wanted.starts_at.astimezone(BUENOS_AIRES).date(), care.rules[wanted.service].windows
    for appointment in live_appointments(care, [patient["id"]], care.now(), wanted.service):
        key = booking_key_of(appointment)
        entry = find_entry(care.engine, key) if key else None
        ours = key == wanted.booking_key or appointment["id"] == wanted.replaces
        if ours or (entry is not None and entry.state != "ended"):
            continue
        its_day = datetime.fromisoformat(appointment["start"]).astimezone(BUENOS_AIRES).date()
        window = windows.window_of(facts_of(appointment, patient), its_day)
        if windows.clash(window, its_day, wanted.pregnancy_window, day):
            raise AlreadyBooked(appointment_view(care, appointment, patient, wanted.resident))
