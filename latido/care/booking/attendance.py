"""Whether she comes, and whether she came."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from latido.care.booking.appointments import (
    appointment_view,
    booking_key_of,
    patient_id_of,
    read_appointment,
)
from latido.care.booking.ledger import answered, ended, entry_of_appointment
from latido.care.booking.patients import find_patients
from latido.care.booking.writing.writer import version_of
from latido.care.errors import HealthServiceUnavailable, Missing, NotLive, NotMissable
from latido.care.fhir_names import RESPONSE
from latido.care.idempotency import Write, once
from latido.care.rules.status import LIVE, step
from latido.care.services import Care
from latido.care.views import Json
from latido.fhir.errors import Conflict, NotFound, OutcomeUnknown, Refused
from latido.fhir.resources import Resource

Answer = Literal["accepted", "tentative"]
TRIES = 6


def confirm_attendance(care: Care, appointment_id: str, resident: str, answer: Answer, key: str) -> Json:
    """The appointment with her answer, kept as an AppointmentResponse. NotLive when it does not stand any more."""
    write = Write(key, "attendance", {"appointment": appointment_id, "resident": resident, "answer": answer})

    def work(_: bool) -> Json:
        appointment, patient = _hers(care, appointment_id, resident)
        if appointment["status"] not in LIVE or datetime.fromisoformat(appointment["end"]) <= care.now():
            raise NotLive("the appointment does not stand any more")
        _tell_server(care, _response(appointment, patient, answer, key), key)
        entry = entry_of_appointment(care.engine, appointment_id)
        if entry is not None:
            answered(care.engine, entry.booking_key, answer)
        else:
            _plan_anew(care, resident)
        return {"appointment": appointment_view(care, appointment, patient, resident) | {"attendance": answer}}

    return once(care.engine, care.vault, write, care.now, work)[0]


def _tell_server(care: Care, response: Resource, key: str) -> None:
    """Keep the answer on the server; one that has no AppointmentResponse leaves it to the ledger alone."""
    try:
        care.fhir.create(response, if_none_exist=f"identifier={RESPONSE}|{key}")
    except (NotFound, Refused):
        if not care.foreign:
            raise


def mark_missed(care: Care, appointment_id: str, resident: str, key: str) -> Json:
    """The appointment as missed (noshow); NotMissable before its start, or when it is over in another way."""
    write = Write(key, "missed", {"appointment": appointment_id, "resident": resident})

    def work(resumed: bool) -> Json:
        for attempt in range(TRIES):
            appointment, patient = _hers(care, appointment_id, resident)
            if appointment["status"] != "noshow" or not (resumed or attempt):
                appointment = _missed(care, appointment) or appointment
            if appointment["status"] == "noshow":
                _close(care, appointment, resident)
                return {"appointment": appointment_view(care, appointment, patient, resident)}
        raise HealthServiceUnavailable("the appointment keeps changing: repeat the request with the same key")

    return once(care.engine, care.vault, write, care.now, work)[0]


def _missed(care: Care, appointment: Resource) -> Resource | None:
    """The appointment marked, or None when it has to be read again."""
    if appointment["status"] != "booked" or datetime.fromisoformat(appointment["start"]) > care.now():
        raise NotMissable(f"the appointment is {appointment['status']}, or still to come")
    status = step(appointment["status"], "miss").status
    try:
        return care.fhir.update({**appointment, "status": status}, if_match=version_of(appointment))
    except (Conflict, OutcomeUnknown):
        return None


def _close(care: Care, appointment: Resource, resident: str) -> None:
    key = booking_key_of(appointment)
    if key:
        ended(care.engine, key, "missed")
    _plan_anew(care, resident)


def _plan_anew(care: Care, resident: str) -> None:
    """What was made at the desk stands in no table of ours whose change would say so."""
    with care.engine.begin() as connection:
        care.reminders.plan_anew(connection, resident)


def _hers(care: Care, appointment_id: str, resident: str) -> tuple[Resource, Resource]:
    appointment = read_appointment(care.fhir, appointment_id)
    patients = {patient["id"]: patient for patient in find_patients(care.fhir, resident).values()}
    patient = patients.get(patient_id_of(appointment) or "")
    if patient is None:
        raise Missing("no such appointment for this resident")
    return appointment, patient


def _response(appointment: Resource, patient: Resource, answer: Answer, key: str) -> Resource:
    return {
        "resourceType": "AppointmentResponse",
        "identifier": [{"system": RESPONSE, "value": key}],
        "appointment": {"reference": f"Appointment/{appointment['id']}"},
        "actor": {"reference": f"Patient/{patient['id']}"},
        "participantStatus": answer,
    }
