"""Taking a slot, held or booked, so that nothing is taken twice and nothing is lost.

The ledger's row comes first, then the FHIR server. Whatever its answer was, the booking key tells afterwards whether
the Appointment exists; the same request, or the sweep, finishes what a dead process began.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from latido.care.booking.appointments import (
    accepted_by,
    age_of,
    appointment_view,
    find_by_booking_key,
    new_appointment,
    patient_id_of,
    priority_of,
    read_appointment,
    slot_id_of,
)
from latido.care.booking.endings import BY_SYSTEM, end
from latido.care.booking.ledger import Entry, WindowTaken, ended, find_entry, placed
from latido.care.booking.patients import find_patients, person_of
from latido.care.booking.standing import reserve
from latido.care.booking.whose import Whose, patient_of, whose
from latido.care.booking.wish import Booking
from latido.care.booking.writing.choice import writer_of
from latido.care.booking.writing.seats import after_taking, capacity_of, locked_by
from latido.care.booking.writing.undo import free_again
from latido.care.errors import (
    AlreadyBooked,
    CareError,
    HealthServiceUnavailable,
    Invalid,
    Missing,
    NotMovable,
    SlotTaken,
)
from latido.care.rules.status import LIVE, step
from latido.care.services import Care
from latido.fhir.errors import Conflict, NeverSent, NotFound, OutcomeUnknown
from latido.fhir.resources import Resource

TRIES = 4
# A slot of several seats changes with each of them: whoever loses that race looks again while a seat is left.
TRIES_A_SEAT = 10
PAUSE_S = 0.02

Way = Literal["hold", "book"]


@dataclass(frozen=True)
class Taken:
    """An appointment that was placed, whose it is, and its row."""

    appointment: Resource
    patient: Resource
    entry: Entry


def take(care: Care, booking: Booking, way: Way) -> Taken:
    """The slot, held or booked for her. SlotTaken and AlreadyBooked are clear refusals, after which nothing stays."""
    patients = find_patients(care.fhir, booking.resident)
    booking, who = _completed(care, booking, patients)
    patient = patient_of(care, booking.resident, who, patients)
    slot = read_slot(care, booking)
    entry = reserve(care, booking, patient, f"{booking.resident}:{who.role}", slot)
    if entry.state in ("held", "booked"):
        return Taken(read_appointment(care.fhir, entry.appointment_id or ""), patient, entry)
    try:
        appointment = _place(care, booking, slot, patient, way)
    except (CareError, NeverSent) as error:
        if not isinstance(error, HealthServiceUnavailable):
            ended(care.engine, booking.key, "refused")
        raise
    return Taken(appointment, patient, _entered(care, entry, appointment))


def _completed(care: Care, booking: Booking, patients: dict[str, Resource]) -> tuple[Booking, Whose]:
    """The booking with what is known of the person, and what an appointment it replaces keeps (weeks, priority)."""
    person, kept = booking.person, booking
    if booking.replaces is not None:
        kept = _as_replaced(care, booking, booking.replaces, patients)
        person = kept.person
    who = whose(care, booking.resident, booking.service, person, patients, kept.age)
    return replace(kept, person=who.person, age=who.facts.age), who


def _as_replaced(care: Care, booking: Booking, replaces: str, patients: dict[str, Resource]) -> Booking:
    """The booking for the person of the appointment it replaces, with its weeks and priority."""
    old = read_appointment(care.fhir, replaces)
    roles = [role for role, patient in patients.items() if patient["id"] == patient_id_of(old)]
    if not roles:
        raise Missing("no such appointment for this resident")
    mine = find_entry(care.engine, booking.key)
    if (mine is None or mine.state == "ended") and not is_movable(care, old):
        raise NotMovable("the appointment is over or past: book a new one")
    if slot_id_of(old) == booking.slot_id:
        raise AlreadyBooked(appointment_view(care, old, patients[roles[0]], booking.resident))
    kept = priority_of(old, care.rules[booking.service].priority)
    person = replace(booking.person, for_whom=person_of(roles[0]).for_whom, role=roles[0])
    return replace(booking, person=person, priority=booking.priority or kept, age=booking.age or age_of(old))


def is_movable(care: Care, appointment: Resource) -> bool:
    """Whether it still stands and lies ahead."""
    return appointment["status"] == "booked" and datetime.fromisoformat(appointment["start"]) > care.now()


def read_slot(care: Care, booking: Booking) -> Resource:
    """The slot, free or not. SlotTaken when it is gone or past; Invalid when it is of another service."""
    try:
        slot = care.fhir.read("Slot", booking.slot_id)
    except NotFound:
        raise SlotTaken("the slot is gone: choose another") from None
    if care.agendas.service_of(slot) != booking.service:
        raise Invalid("the slot is not of this service")
    if datetime.fromisoformat(slot["start"]) <= care.now():
        raise SlotTaken("the slot is past: choose another")
    return slot


def _place(care: Care, booking: Booking, slot: Resource, patient: Resource, way: Way) -> Resource:
    lost: list[OutcomeUnknown] = []
    try:
        return _tried(care, booking, slot, patient, way, lost)
    except NeverSent:
        # That a look at the server never left tells nothing of a write before it whose answer was lost.
        if lost:
            return _give_up()
        raise


def _tried(
    care: Care, booking: Booking, slot: Resource, patient: Resource, way: Way, lost: list[OutcomeUnknown]
) -> Resource:
    for attempt in range(TRIES + TRIES_A_SEAT * (capacity_of(slot) - 1)):
        if slot["status"] != "free" and (locked_by(slot) != booking.key or _made(care, booking)):
            return _mine_after_all(care, booking)
        try:
            appointment = _wanted(care, booking, slot, patient, way)
            made = writer_of(care).take(appointment, after_taking(care.fhir, slot, appointment["status"]))
            return _checked(care, booking, made)
        except Conflict:
            time.sleep(random.uniform(0, PAUSE_S * min(attempt, 5)))
        except OutcomeUnknown as error:
            lost.append(error)
            found = _made(care, booking)
            if found or len(lost) == 2:
                return found or _give_up()
        slot = read_slot(care, booking)
    return _mine_after_all(care, booking)


def _wanted(care: Care, booking: Booking, slot: Resource, patient: Resource, way: Way) -> Resource:
    priority = booking.priority_by(care.rules[booking.service], care.local_now().date())
    appointment = new_appointment(care, booking.key, slot, patient["id"], priority, booking.age)
    if booking.replaces:
        appointment["supportingInformation"] = [{"reference": f"Appointment/{booking.replaces}"}]
    if way == "book":
        return accepted_by(appointment, patient["id"])
    return {**appointment, "status": step(None, "hold").status}


def _checked(care: Care, booking: Booking, made: Resource) -> Resource:
    """The appointment made now. An older one that bears the key (ended, perhaps by an undoing) leaves the slot free."""
    if slot_id_of(made) == booking.slot_id and made["status"] in LIVE:
        return made
    free_again(care.fhir, booking.slot_id, only_locked=False)
    raise SlotTaken("this key booked something else before: ask for offers again")


def _mine_after_all(care: Care, booking: Booking) -> Resource:
    """The slot is taken: perhaps by this same request, sent twice or begun by a process that died."""
    appointment = _made(care, booking)
    if appointment is None:
        raise SlotTaken("somebody else took the slot: choose another")
    return appointment


def _made(care: Care, booking: Booking) -> Resource | None:
    appointment = find_by_booking_key(care.fhir, booking.key)
    fits = appointment and appointment["status"] in LIVE and slot_id_of(appointment) == booking.slot_id
    return appointment if fits else None


def _give_up() -> Resource:
    raise HealthServiceUnavailable("the health service lost the answer: repeat the request with the same key")


def _entered(care: Care, entry: Entry, appointment: Resource) -> Entry:
    """The row, now that the server has the appointment."""
    state: Literal["held", "booked"] = "held" if appointment["status"] == "pending" else "booked"
    try:
        placed(care.engine, entry.booking_key, appointment["id"], state, entry.expires_at)
    except WindowTaken:  # given up while this process slept, and another booking of hers stands
        end(care, appointment, "cancel", BY_SYSTEM)
        raise HealthServiceUnavailable("another booking for this person was made meanwhile: try again") from None
    return replace(entry, state=state, appointment_id=appointment["id"])
