"""Booking a slot so that nothing is booked twice and nothing is lost.

The Appointment (created only if its booking key is new) and its Slot (changed only if nobody else did) are written in
one FHIR transaction. Whatever the answer was, the booking key tells afterwards whether the appointment exists.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from latido.care.booking.appointments import (
    appointment_view,
    booking_key_of,
    find_by_booking_key,
    live_appointments,
    new_appointment,
    slot_id_of,
)
from latido.care.booking.claims import claim
from latido.care.booking.patients import Person, choose_role, ensure_patient, find_patients
from latido.care.errors import AlreadyBooked, CareError, HealthServiceUnavailable, Invalid, SlotTaken
from latido.care.fhir_names import LIVE, agenda_service
from latido.care.idempotency import begin, finish, forget
from latido.care.rules.priority import Answers, Priority, evaluate
from latido.care.services import Care
from latido.care.views import Json
from latido.fhir.bundles import create_entry, update_entry
from latido.fhir.errors import Conflict, NotFound, OutcomeUnknown
from latido.fhir.resources import Resource

TRIES_AFTER_A_LOST_ANSWER = 2


@dataclass(frozen=True)
class Booking:
    """A request to book. `key` makes it harmless to repeat; the priority is worked out again from the answers."""

    key: str
    resident: str
    slot_id: str
    service: str
    person: Person
    weeks_upper: int | None = None
    answers: Answers = field(default_factory=Answers)

    def fingerprint(self) -> Json:
        """What makes two requests the same."""
        person = [self.person.for_whom, self.person.given_name, self.person.dni]
        return {"resident": self.resident, "slot": self.slot_id, "service": self.service, "person": person}


def book(care: Care, booking: Booking) -> tuple[Json, bool]:
    """The appointment and whether it was made now (False: the same request had made it before).

    SlotTaken and AlreadyBooked are clear refusals; after HealthServiceUnavailable the same request settles it.
    """
    with care.engine.begin() as connection:
        begun = begin(connection, care.vault, booking.key, "book", booking.fingerprint(), care.now())
    if begun.answer is not None:
        return begun.answer, False
    try:
        answer = {"appointment": _book(care, booking)}
    except HealthServiceUnavailable:
        raise
    except CareError:
        with care.engine.begin() as connection:
            forget(connection, booking.key)
        raise
    with care.engine.begin() as connection:
        finish(connection, care.vault, booking.key, answer, care.now())
    return answer, True


def _book(care: Care, booking: Booking) -> Json:
    patients = find_patients(care.fhir, booking.resident)
    role = choose_role(patients, booking.person)
    with claim(care.engine, f"{booking.resident}:{role}", booking.service, booking.key, care.now):
        patient = ensure_patient(care.fhir, booking.resident, role, patients.get(role), booking.person)
        appointment = _standing(care, booking, patient) or _take_slot(care, booking, patient)
    return appointment_view(care, appointment, patient, booking.resident)


def _standing(care: Care, booking: Booking, patient: Resource) -> Resource | None:
    """The appointment this very request made before; AlreadyBooked when another one stands."""
    live = live_appointments(care.fhir, [patient["id"]], care.now(), booking.service)
    mine = [appointment for appointment in live if booking_key_of(appointment) == booking.key]
    if live and not mine:
        raise AlreadyBooked(appointment_view(care, live[0], patient, booking.resident))
    return mine[0] if mine else None


def _take_slot(care: Care, booking: Booking, patient: Resource) -> Resource:
    slot = _free_slot(care, booking)
    if slot is None:
        return _mine_after_all(care, booking)
    priority = evaluate(care.rules, booking.answers, booking.weeks_upper)
    for _ in range(TRIES_AFTER_A_LOST_ANSWER):
        try:
            return _transact(care, booking, slot, patient, priority)
        except Conflict:
            return _mine_after_all(care, booking)
        except OutcomeUnknown:
            appointment = _made(care, booking)
            if appointment:
                return appointment
    raise HealthServiceUnavailable("the health service lost the answer twice: repeat the request with the same key")


def _free_slot(care: Care, booking: Booking) -> Resource | None:
    """The slot if it can still be taken, None if somebody has."""
    try:
        slot = care.fhir.read("Slot", booking.slot_id)
    except NotFound:
        raise SlotTaken("the slot is gone: ask for offers again") from None
    if agenda_service(slot["schedule"]["reference"]) != booking.service:
        raise Invalid("the slot is not of this service")
    if datetime.fromisoformat(slot["start"]) <= care.now():
        raise SlotTaken("the slot is past: ask for offers again")
    return slot if slot["status"] == "free" else None


def _transact(care: Care, booking: Booking, slot: Resource, patient: Resource, priority: Priority) -> Resource:
    appointment = new_appointment(booking.key, slot, patient["id"], priority, care.now())
    identifier = appointment["identifier"][0]
    condition = f"identifier={identifier['system']}|{identifier['value']}"
    answers = care.fhir.transaction(
        [
            create_entry(appointment, if_none_exist=condition),
            update_entry({**slot, "status": "busy"}, if_match=slot["meta"]["versionId"]),
        ]
    )
    made = answers[0].resource or _made(care, booking)
    if made is None or slot_id_of(made) != booking.slot_id:
        raise SlotTaken("this key booked another slot before: ask for offers again")
    return made


def _mine_after_all(care: Care, booking: Booking) -> Resource:
    """The slot is taken: perhaps by this same request, sent twice or begun by a process that died."""
    appointment = _made(care, booking)
    if appointment is None:
        raise SlotTaken("somebody else took the slot: ask for offers again")
    return appointment


def _made(care: Care, booking: Booking) -> Resource | None:
    appointment = find_by_booking_key(care.fhir, booking.key)
    fits = appointment and appointment["status"] in LIVE and slot_id_of(appointment) == booking.slot_id
    return appointment if fits else None
