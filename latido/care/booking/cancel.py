"""Cancelling: the appointment ends and its slot is free again."""

from __future__ import annotations

from datetime import datetime

from latido.care.booking.appointments import appointment_view, booking_key_of, patient_id_of, read_appointment
from latido.care.booking.endings import BY_PATIENT, end
from latido.care.booking.ledger import ended
from latido.care.booking.patients import find_patients
from latido.care.errors import Missing, NotCancellable
from latido.care.idempotency import Write, once
from latido.care.services import Care
from latido.care.views import Json
from latido.fhir.resources import Resource

CANCELLABLE = ("pending", "booked")


def cancel(care: Care, appointment_id: str, resident: str, key: str) -> Json:
    """The cancelled appointment. Missing when it is not this resident's; NotCancellable when it is over."""
    write = Write(key, "cancel", {"appointment": appointment_id, "resident": resident})

    def work(resumed: bool) -> Json:
        return {"appointment": _cancel(care, appointment_id, resident, resumed)}

    return once(care.engine, care.vault, write, care.now, work)[0]


def _cancel(care: Care, appointment_id: str, resident: str, resumed: bool) -> Json:
    patients = {patient["id"]: patient for patient in find_patients(care.fhir, resident).values()}
    appointment = read_appointment(care.fhir, appointment_id)
    patient = patients.get(patient_id_of(appointment) or "")
    if patient is None:
        raise Missing("no such appointment for this resident")
    # A lost answer of an earlier try with this key may have been a success.
    if not (resumed and appointment["status"] == "cancelled"):
        _require_cancellable(care, appointment)
        appointment = end(care, appointment, "cancel", BY_PATIENT)
    if appointment["status"] != "cancelled":
        raise NotCancellable(f"the appointment is {appointment['status']}")
    booking_key = booking_key_of(appointment)
    if booking_key:
        ended(care.engine, booking_key, "cancelled")
    return appointment_view(care, appointment, patient, resident)


def _require_cancellable(care: Care, appointment: Resource) -> None:
    if appointment["status"] not in CANCELLABLE:
        raise NotCancellable(f"the appointment is {appointment['status']}")
    if datetime.fromisoformat(appointment["start"]) <= care.now():
        raise NotCancellable("the appointment is past")
