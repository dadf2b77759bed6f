"""Cancelling: the appointment ends and its slot is free again, by her wish or because nobody confirmed it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from latido.care.booking.appointments import appointment_view, booking_key_of, patient_id_of, read_appointment
from latido.care.booking.endings import BY_PATIENT, BY_SYSTEM, end
from latido.care.booking.ledger import UNCONFIRMED, ended
from latido.care.booking.patients import find_patients
from latido.care.errors import Missing, NotCancellable
from latido.care.idempotency import Write, once
from latido.care.services import Care
from latido.care.views import Json
from latido.fhir.resources import Resource

CANCELLABLE = ("pending", "booked")


@dataclass(frozen=True)
class _Why:
    """The code of the reason on the record, and why the ledger's row ended."""

    reason: str
    ended_why: str


BY_HER = _Why(BY_PATIENT, "cancelled")
NOBODY_ANSWERED = _Why(BY_SYSTEM, UNCONFIRMED)


def cancel(care: Care, appointment_id: str, resident: str, key: str) -> Json:
    """The cancelled appointment. Missing when it is not this resident's; NotCancellable when it is over."""
    write = Write(key, "cancel", {"appointment": appointment_id, "resident": resident})
    return _once(care, write, BY_HER)


def release_unconfirmed(care: Care, appointment_id: str, resident: str, key: str) -> Json:
    """The appointment ended because she did not say whether she comes (ADR 17). Errors as `cancel`."""
    write = Write(key, "release_unconfirmed", {"appointment": appointment_id, "resident": resident})
    return _once(care, write, NOBODY_ANSWERED)


def _once(care: Care, write: Write, why: _Why) -> Json:
    def work(resumed: bool) -> Json:
        asked = write.request
        return {"appointment": _cancel(care, str(asked["appointment"]), str(asked["resident"]), why, resumed)}

    return once(care.engine, care.vault, write, care.now, work)[0]


def _cancel(care: Care, appointment_id: str, resident: str, why: _Why, resumed: bool) -> Json:
    patients = {patient["id"]: patient for patient in find_patients(care.fhir, resident).values()}
    appointment = read_appointment(care.fhir, appointment_id)
    patient = patients.get(patient_id_of(appointment) or "")
    if patient is None:
        raise Missing("no such appointment for this resident")
    # A lost answer of an earlier try with this key may have been a success.
    if not (resumed and appointment["status"] == "cancelled"):
        _require_cancellable(care, appointment)
        appointment = end(care, appointment, "cancel", why.reason)
    if appointment["status"] != "cancelled":
        raise NotCancellable(f"the appointment is {appointment['status']}")
    booking_key = booking_key_of(appointment)
    if booking_key:
        ended(care.engine, booking_key, why.ended_why)
    return appointment_view(care, appointment, patient, resident)


def _require_cancellable(care: Care, appointment: Resource) -> None:
    if appointment["status"] not in CANCELLABLE:
        raise NotCancellable(f"the appointment is {appointment['status']}")
    if datetime.fromisoformat(appointment["start"]) <= care.now():
        raise NotCancellable("the appointment is past")
