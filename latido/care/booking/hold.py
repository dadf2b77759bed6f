"""A slot is kept while she decides: hold, confirm, release. What runs out is released by the sweep."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from latido.care.booking.alternatives import with_alternatives
from latido.care.booking.appointments import (
    accepted_by,
    age_of,
    appointment_view,
    patient_id_of,
    priority_of,
    read_appointment,
)
from latido.care.booking.endings import enter_booked, finish_move, leaving, release_hold
from latido.care.booking.ledger import Entry, WindowTaken, entry_of_appointment, given_to
from latido.care.booking.patients import Person, find_patients, person_of
from latido.care.booking.remembering import remember_booked
from latido.care.booking.settling import settle
from latido.care.booking.standing import refuse_if_booked
from latido.care.booking.taking import is_movable, take
from latido.care.booking.whose import patient_of, whose
from latido.care.booking.wish import Booking
from latido.care.booking.writing.choice import writer_of
from latido.care.booking.writing.seats import after_confirming
from latido.care.booking.writing.steps import coloured_busy
from latido.care.errors import HealthServiceUnavailable, HoldExpired, Missing, SlotTaken
from latido.care.idempotency import Write, once
from latido.care.rules.priority import Priority
from latido.care.rules.status import LIVE
from latido.care.services import BUENOS_AIRES, Care, local
from latido.care.views import Json
from latido.fhir.errors import Conflict, NotFound, OutcomeUnknown
from latido.fhir.resources import Resource

TRIES = 6


def hold(care: Care, booking: Booking) -> tuple[Json, bool]:
    """The held slot and whether it was held now. SlotTaken (with others) and AlreadyBooked are clear refusals."""
    write = Write(booking.key, "hold", booking.fingerprint())
    with with_alternatives(care, booking):
        return once(care.engine, care.vault, write, care.now, lambda _: _hold(care, booking))


def _hold(care: Care, booking: Booking) -> Json:
    taken = take(care, booking, "hold")
    return {
        "hold": hold_view(taken.entry),
        "appointment": appointment_view(care, taken.appointment, taken.patient, booking.resident),
    }


def hold_view(entry: Entry) -> Json:
    """A hold as the care API shows it; `minutes` from when it was begun, at least one."""
    if entry.expires_at is None:
        raise HealthServiceUnavailable("the hold has no end yet: repeat the request with the same key")
    begun = entry.created_at or entry.looked_at
    minutes = round((entry.expires_at - begun).total_seconds() / 60) if begun else None
    return {"id": entry.appointment_id, "expires_at": local(entry.expires_at), "minutes": minutes}


def release(care: Care, hold_id: str, resident: str, key: str) -> Json:
    """The hold let go, its slot free; the same when it had run out. Missing when it is not hers."""
    write = Write(key, "release", {"hold": hold_id, "resident": resident})

    def work(_: bool) -> Json:
        entry = _entry_of(care, hold_id, resident)
        if entry.state == "placing":
            settle(care, entry)
        over = release_hold(care, entry, "released")
        if over is None:
            raise Missing("the hold was confirmed: cancel the appointment instead")
        return {"appointment": _view(care, over, resident)}

    return once(care.engine, care.vault, write, care.now, work)[0]


def confirm(care: Care, hold_id: str, resident: str, key: str, person: Person | None = None) -> Json:
    """The held appointment, booked, with the one it `replaced` if any. A hold that ran out is taken anew while free.

    HoldExpired (with others) when somebody took the slot; AlreadyBooked; Missing when it is not hers.
    """
    said = person.fingerprint() if person else None
    write = Write(key, "confirm", {"hold": hold_id, "resident": resident, "person": said})
    entry = _entry_of(care, hold_id, resident)
    with with_alternatives(care, _booking_of(care, entry, key)):
        return once(care.engine, care.vault, write, care.now, lambda _: confirm_entry(care, entry, key, person))[0]


def confirm_entry(care: Care, entry: Entry, key: str, person: Person | None = None) -> Json:
    """Confirm the hold of this row; may be repeated with the same `key`."""
    patient, entry = _whose(care, entry, person)
    for _ in range(TRIES):
        appointment = read_appointment(care.fhir, entry.appointment_id or "")
        if appointment["status"] == "pending":
            appointment = _try(care, entry, appointment, patient) or appointment
        elif appointment["status"] in LIVE:  # an earlier try of this request died after its first write
            coloured_busy(care.fhir, entry.slot_id)
        if appointment["status"] in LIVE and appointment["status"] != "pending":
            return _confirmed(care, entry, appointment, patient)
        if appointment["status"] != "pending":
            return _taken_anew(care, entry, appointment, key, person)
    raise HealthServiceUnavailable("the hold keeps changing: repeat the request with the same key")


def _try(care: Care, entry: Entry, appointment: Resource, patient: Resource) -> Resource | None:
    """The booked appointment, or None when it has to be read again."""
    writer = writer_of(care)
    booked = accepted_by(appointment, patient["id"])
    try:
        slot = after_confirming(care.fhir.read("Slot", entry.slot_id))
    except NotFound:
        slot = None
    try:
        old = read_appointment(care.fhir, entry.replaces) if entry.replaces else None
        if old is not None and is_movable(care, old):
            return writer.exchange(booked, slot, leaving(care, old, "pat"))[0]
        return writer.confirm(booked, slot)
    except (Conflict, OutcomeUnknown, Missing):
        return None


def _confirmed(
    care: Care, entry: Entry, appointment: Resource, patient: Resource, begun_at: datetime | None = None
) -> Json:
    enter_booked(care, entry, appointment)
    replaced = finish_move(care, entry)
    remember_booked(care, entry, appointment, patient, begun_at or entry.created_at or care.now())
    answer = {"appointment": appointment_view(care, appointment, patient, entry.resident)}
    return answer | ({"replaced": appointment_view(care, replaced, patient, entry.resident)} if replaced else {})


def _taken_anew(care: Care, entry: Entry, gone: Resource, key: str, person: Person | None) -> Json:
    """The same slot once more, at once booked: the hold ran out before she answered."""
    settle(care, entry)
    booking = replace(_booking_of(care, entry, key), age=age_of(gone), priority=_kept_priority(care, entry, gone))
    again = replace(booking, person=person) if person else booking
    try:
        taken = take(care, again, "book")
    except SlotTaken as error:
        raise HoldExpired("the hold ran out and somebody else took the slot: choose another") from error
    return _confirmed(care, taken.entry, taken.appointment, taken.patient, begun_at=entry.created_at)


def _kept_priority(care: Care, entry: Entry, appointment: Resource) -> Priority:
    return priority_of(appointment, care.rules[entry.service].priority)


def _whose(care: Care, entry: Entry, person: Person | None) -> tuple[Resource, Entry]:
    """The Patient it is for, and the row under her name; AlreadyBooked when she has one in this window."""
    patients = find_patients(care.fhir, entry.resident)
    held_for = entry.role
    meant = person or Person("self")
    if person is None or entry.replaces:
        meant = replace(meant, for_whom=person_of(held_for).for_whom, role=held_for)
    who = whose(care, entry.resident, entry.service, meant, patients)
    patient = patient_of(care, entry.resident, who, patients)
    if who.role == held_for:
        return patient, entry
    window = entry.pregnancy_window
    if who.facts.birth_date is not None:  # another child is of another age
        day = entry.starts_at.astimezone(BUENOS_AIRES).date()
        window = care.rules[entry.service].windows.window_of(who.facts, day)
    renamed = replace(entry, patient_key=f"{entry.resident}:{who.role}", pregnancy_window=window)
    refuse_if_booked(care, renamed, patient)
    try:
        given_to(care.engine, entry.booking_key, renamed.patient_key, window)
    except WindowTaken:
        raise HealthServiceUnavailable("another booking for this person is still being settled: try again") from None
    return patient, renamed


def _booking_of(care: Care, entry: Entry, key: str) -> Booking:
    return Booking(
        key=key,
        resident=entry.resident,
        slot_id=entry.slot_id,
        service=entry.service,
        person=person_of(entry.role),
        replaces=entry.replaces,
        origin=entry.origin,
    )


def _entry_of(care: Care, hold_id: str, resident: str) -> Entry:
    entry = entry_of_appointment(care.engine, hold_id)
    if entry is None or entry.resident != resident:
        raise Missing("no such hold for this resident")
    return entry


def _view(care: Care, appointment: Resource, resident: str) -> Json:
    patients = {patient["id"]: patient for patient in find_patients(care.fhir, resident).values()}
    return appointment_view(care, appointment, patients.get(patient_id_of(appointment) or ""), resident)
