"""Appointments: the FHIR resource made from a booking, read back, and shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from latido.care.booking.patients import find_patients, given_name, role_of
from latido.care.errors import Missing
from latido.care.fhir_names import (
    BOOKING,
    LIVE,
    PRIORITY,
    SERVICE,
    agenda_service,
    center_id,
    center_number,
)
from latido.care.rules.priority import Priority, reason_text
from latido.care.services import Care, local
from latido.care.views import Json, center_view
from latido.fhir.client import FhirClient
from latido.fhir.resources import Resource

CLASS_OF_FHIR_PRIORITY = {1: "top", 3: "priority", 5: "routine"}


def new_appointment(booking_key: str, slot: Resource, patient_id: str, priority: Priority, now: datetime) -> Resource:
    """The Appointment that takes `slot`, a free Slot of one of our agendas."""
    schedule = slot["schedule"]["reference"]
    service, number = agenda_service(schedule), center_number(schedule)
    if service is None or number is None:
        raise Missing("the slot belongs to no agenda of Latido")
    appointment: Resource = {
        "resourceType": "Appointment",
        "extension": [_priority_extension(priority)],
        "identifier": [{"system": BOOKING, "value": booking_key}],
        "status": "booked",
        "serviceType": [{"coding": [{"system": SERVICE, "code": service}]}],
        "priority": priority.fhir_priority,
        "start": slot["start"],
        "end": slot["end"],
        "slot": [{"reference": f"Slot/{slot['id']}"}],
        "created": local(now),
        "participant": [
            {"actor": {"reference": f"Patient/{patient_id}"}, "status": "accepted"},
            {"actor": {"reference": f"Location/{center_id(number)}"}, "status": "accepted"},
        ],
    }
    tags = (slot.get("meta") or {}).get("tag")
    return appointment | ({"meta": {"tag": tags}} if tags else {})


def booking_key_of(appointment: Resource) -> str | None:
    """The key under which Latido booked it; None when somebody else did."""
    keys = [each["value"] for each in appointment.get("identifier") or [] if each.get("system") == BOOKING]
    return keys[0] if keys else None


def slot_id_of(appointment: Resource) -> str | None:
    """The id of the slot it takes."""
    slots = appointment.get("slot") or []
    return str(slots[0]["reference"]).rsplit("/", 1)[-1] if slots else None


def patient_id_of(appointment: Resource) -> str | None:
    """The id of the Patient it is for."""
    return _actor(appointment, "Patient/")


def find_by_booking_key(fhir: FhirClient, booking_key: str) -> Resource | None:
    """The Appointment made under this key, if there is one."""
    found = fhir.search("Appointment", [("identifier", f"{BOOKING}|{booking_key}")]).matches
    return found[0] if found else None


def live_appointments(
    fhir: FhirClient, patient_ids: Sequence[str], since: datetime, service: str | None = None
) -> list[Resource]:
    """The appointments of these Patients from `since` on that still hold, earliest first."""
    if not patient_ids:
        return []
    params = [
        ("patient", ",".join(f"Patient/{each}" for each in patient_ids)),
        ("status", ",".join(LIVE)),
        ("date", f"ge{local(since)}"),
        ("_sort", "date"),
        ("_count", "50"),
    ]
    found = fhir.search("Appointment", params).matches
    mine = [each for each in found if service is None or service_of(each) == service]
    return sorted(mine, key=lambda each: datetime.fromisoformat(each["start"]))


def residents_appointments(care: Care, resident: str) -> list[Json]:
    """The resident's future live appointments, earliest first, whoever they are for."""
    patients = find_patients(care.fhir, resident)
    by_id = {patient["id"]: patient for patient in patients.values()}
    found = live_appointments(care.fhir, list(by_id), care.now())
    return [appointment_view(care, each, by_id.get(patient_id_of(each) or ""), resident) for each in found]


def service_of(appointment: Resource) -> str | None:
    """Our code of its service."""
    codings = [coding for kind in appointment.get("serviceType") or [] for coding in kind.get("coding") or []]
    return next((str(coding["code"]) for coding in codings if coding.get("system") == SERVICE), None)


def appointment_view(care: Care, appointment: Resource, patient: Resource | None, resident: str) -> Json:
    """An appointment as the care API shows it."""
    center = care.directory.centers.get(center_number(_actor(appointment, "Location/") or "") or 0)
    role = role_of(patient, resident) if patient else "self"
    return {
        "id": appointment["id"],
        "version": appointment["meta"]["versionId"],
        "status": appointment["status"],
        "service": service_of(appointment),
        "start": local(datetime.fromisoformat(appointment["start"])),
        "end": local(datetime.fromisoformat(appointment["end"])),
        "center": center_view(center, care.directory) if center else None,
        "priority": _priority_view(care, appointment),
        "patient": {"for_whom": role.split("-")[0], "given_name": given_name(patient)},
    }


def _priority_view(care: Care, appointment: Resource) -> Json:
    parts: list[dict[str, Any]] = []
    for extension in appointment.get("extension") or []:
        parts = extension["extension"] if extension["url"] == PRIORITY else parts
    reasons = [part["valueCode"] for part in parts if part["url"] == "reasons"]
    named = [part["valueCode"] for part in parts if part["url"] == "class"]
    name = named[0] if named else CLASS_OF_FHIR_PRIORITY.get(appointment.get("priority", 5), "routine")
    return {"class": name, "reasons": reasons, "reason_text": reason_text(care.rules, reasons)}


def _priority_extension(priority: Priority) -> Resource:
    reasons = [{"url": "reasons", "valueCode": reason} for reason in priority.reasons]
    name = {"url": "class", "valueCode": priority.name}
    return {"url": PRIORITY, "extension": [name, *reasons, {"url": "ruleSet", "valueString": priority.rule_set}]}


def _actor(appointment: Resource, kind: str) -> str | None:
    for participant in appointment.get("participant") or []:
        reference = str((participant.get("actor") or {}).get("reference", ""))
        if kind in reference:
            return reference.rsplit("/", 1)[-1]
    return None
