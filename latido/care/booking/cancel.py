"""Cancelling: the appointment ends and its slot is free again, in one FHIR transaction."""

from __future__ import annotations

from datetime import datetime

from latido.care.booking.appointments import appointment_view, patient_id_of, slot_id_of
from latido.care.booking.patients import find_patients
from latido.care.errors import CareError, HealthServiceUnavailable, Missing, NotCancellable
from latido.care.fhir_names import CANCELLATION_REASON
from latido.care.idempotency import begin, finish, forget
from latido.care.services import Care
from latido.care.views import Json
from latido.fhir.bundles import RequestEntry, update_entry
from latido.fhir.errors import Conflict, NotFound, OutcomeUnknown
from latido.fhir.resources import Resource

CANCELLABLE = ("pending", "booked")
TRIES = 4


def cancel(care: Care, appointment_id: str, resident: str, key: str) -> Json:
    """The cancelled appointment. Missing when it is not this resident's; NotCancellable when it is over."""
    request = {"appointment": appointment_id, "resident": resident}
    with care.engine.begin() as connection:
        begun = begin(connection, care.vault, key, "cancel", request, care.now())
    if begun.answer is not None:
        return begun.answer
    try:
        answer = {"appointment": _cancel(care, appointment_id, resident, begun.resumed)}
    except HealthServiceUnavailable:
        raise
    except CareError:
        with care.engine.begin() as connection:
            forget(connection, key)
        raise
    with care.engine.begin() as connection:
        finish(connection, care.vault, key, answer, care.now())
    return answer


def _cancel(care: Care, appointment_id: str, resident: str, resumed: bool) -> Json:
    patients = {patient["id"]: patient for patient in find_patients(care.fhir, resident).values()}
    for attempt in range(TRIES):
        appointment = _read(care, appointment_id)
        patient = patients.get(patient_id_of(appointment) or "")
        if patient is None:
            raise Missing("no such appointment for this resident")
        # A lost answer, ours or of an earlier try with this key, may have been a success.
        if appointment["status"] == "cancelled" and (resumed or attempt):
            return appointment_view(care, appointment, patient, resident)
        _require_cancellable(care, appointment)
        cancelled = _try(care, appointment)
        if cancelled:
            return appointment_view(care, cancelled, patient, resident)
    raise HealthServiceUnavailable("the appointment keeps changing: repeat the request with the same key")


def _try(care: Care, appointment: Resource) -> Resource | None:
    """The cancelled appointment, or None when it has to be read again."""
    try:
        answers = care.fhir.transaction([_ended(appointment), *_freed(care, appointment)])
    except (Conflict, OutcomeUnknown):
        return None
    return answers[0].resource or _read(care, appointment["id"])


def _read(care: Care, appointment_id: str) -> Resource:
    try:
        return care.fhir.read("Appointment", appointment_id)
    except NotFound:
        raise Missing("no such appointment for this resident") from None


def _require_cancellable(care: Care, appointment: Resource) -> None:
    if appointment["status"] not in CANCELLABLE:
        raise NotCancellable(f"the appointment is {appointment['status']}")
    if datetime.fromisoformat(appointment["start"]) <= care.now():
        raise NotCancellable("the appointment is past")


def _ended(appointment: Resource) -> RequestEntry:
    reason = {"coding": [{"system": CANCELLATION_REASON, "code": "pat"}]}
    ended = {**appointment, "status": "cancelled", "cancelationReason": reason}
    return update_entry(ended, if_match=appointment["meta"]["versionId"])


def _freed(care: Care, appointment: Resource) -> list[RequestEntry]:
    slot_id = slot_id_of(appointment)
    try:
        slot = care.fhir.read("Slot", slot_id) if slot_id else None
    except NotFound:
        return []
    if slot is None or slot["status"] not in ("busy", "busy-tentative"):
        return []
    return [update_entry({**slot, "status": "free"}, if_match=slot["meta"]["versionId"])]
