"""What the server takes for a valid resource, and where it says the fault lies."""

from __future__ import annotations

from typing import Any

import pytest

from latido.fhir.server.definitions import definitions
from latido.fhir.server.validation import faults

APPOINTMENT: dict[str, Any] = {
    "resourceType": "Appointment",
    "status": "booked",
    "priority": 1,
    "start": "2026-11-26T09:30:00-03:00",
    "end": "2026-11-26T10:00:00-03:00",
    "slot": [{"reference": "Slot/1"}],
    "serviceType": [{"coding": [{"system": "urn:latido:service", "code": "prenatal"}]}],
    "participant": [{"actor": {"reference": "Patient/1"}, "status": "accepted"}],
    "extension": [{"url": "urn:latido:priority", "extension": [{"url": "class", "valueCode": "top"}]}],
}
SLOT: dict[str, Any] = {
    "resourceType": "Slot",
    "status": "free",
    "schedule": {"reference": "Schedule/1"},
    "start": "2026-11-26T12:30:00Z",
    "end": "2026-11-26T13:00:00.000Z",
}
PATIENT: dict[str, Any] = {"resourceType": "Patient", "name": [{"text": "Ana"}], "birthDate": "1996-02"}
LOCATION: dict[str, Any] = {"resourceType": "Location", "position": {"latitude": -34.6, "longitude": -58.4}}


def wrong(base: dict[str, Any], **changes: Any) -> list[str]:
    resource = {name: value for name, value in (base | changes).items() if value is not ...}
    return [fault.path for fault in faults(resource, definitions()[resource["resourceType"]])]


@pytest.mark.parametrize("good", [APPOINTMENT, SLOT, PATIENT, LOCATION])
def test_good_ones(good):
    assert wrong(good) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "cancelled", "cancelationReason": {"text": "no puede"}},
        {"status": "waitlist", "start": ..., "end": ..., "slot": ...},
        {"_description": {"extension": [{"url": "urn:x", "valueString": "y"}]}},
        {
            "contained": [{"resourceType": "Patient", "id": "p"}],
            "participant": [{"actor": {"reference": "#p"}, "status": "accepted"}],
        },
        {"participant": [{"type": [{"text": "médica"}], "status": "needs-action"}]},
        {"text": {"status": "generated", "div": '<div xmlns="http://www.w3.org/1999/xhtml">turno</div>'}},
        {"meta": {"tag": [{"system": "urn:latido:origin", "code": "demo"}]}},
    ],
)
def test_good_variations(changes):
    assert wrong(APPOINTMENT, **changes) == []


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"priority": {"coding": [{"code": "A"}]}}, "Appointment.priority"),
        ({"priority": -1}, "Appointment.priority"),
        ({"priority": True}, "Appointment.priority"),
        ({"priority": 1.0}, "Appointment.priority"),
        ({"prioridad": 1}, "Appointment.prioridad"),
        ({"status": "perdido"}, "Appointment.status"),
        ({"status": ...}, "Appointment.status"),
        ({"participant": ...}, "Appointment.participant"),
        ({"participant": [{"actor": {"reference": "Patient/1"}}]}, "Appointment.participant[0].status"),
        ({"participant": {"status": "accepted"}}, "Appointment.participant"),
        ({"participant": [{"status": "accepted"}]}, "Appointment.participant[0]"),
        ({"end": ...}, "Appointment"),
        ({"start": ..., "end": ...}, "Appointment"),
        ({"cancelationReason": {"text": "x"}}, "Appointment.cancelationReason"),
        ({"start": "2026-11-26"}, "Appointment.start"),
        ({"start": "2026-11-26T09:30:00"}, "Appointment.start"),
        ({"start": "2026-02-30T09:30:00Z"}, "Appointment.start"),
        ({"start": "2026-11-26T09:30:00Z\n"}, "Appointment.start"),
        ({"start": "2026-11-26T11:30:00-03:00"}, "Appointment"),
        ({"serviceType": [{"concept": {"text": "x"}}]}, "Appointment.serviceType[0].concept"),
        ({"slot": [{"reference": "Patient/1"}]}, "Appointment.slot[0].reference"),
        ({"slot": [{"reference": "urn:uuid:1"}]}, "Appointment.slot[0].reference"),
        ({"slot": [{"type": "Patient", "display": "x"}]}, "Appointment.slot[0].reference"),
        ({"slot": [{"reference": "Slot/1/x"}]}, "Appointment.slot[0].reference"),
        ({"slot": [{"type": "Slot"}]}, "Appointment.slot[0]"),
        ({"slot": []}, "Appointment.slot"),
        ({"slot": [None]}, "Appointment.slot[0]"),
        ({"basedOn": [{"reference": "Appointment/1"}]}, "Appointment.basedOn[0].reference"),
        ({"description": ""}, "Appointment.description"),
        ({"description": "  "}, "Appointment.description"),
        ({"description": "a\x00b"}, "Appointment.description"),
        ({"description": "\ud800"}, "Appointment.description"),
        ({"description": None}, "Appointment.description"),
        ({"id": "con espacio"}, "Appointment.id"),
        ({"id": "x" * 65}, "Appointment.id"),
        ({"extension": [{"url": "urn:x"}]}, "Appointment.extension[0]"),
        ({"extension": [{"valueCode": "x"}]}, "Appointment.extension[0].url"),
        ({"extension": [{"url": "urn:x", "valueCode": "a", "valueString": "b"}]}, "Appointment.extension[0].value"),
        ({"contained": [{"resourceType": "Medication"}]}, "Appointment.contained[0]"),
        ({"requestedPeriod": [{"start": "2026-12-02", "end": "2026-12-01"}]}, "Appointment.requestedPeriod[0]"),
        ({"identifier": [{}]}, "Appointment.identifier[0]"),
        ({"_slot": {"id": "x"}}, "Appointment._slot"),
        ({"text": {"status": "generated", "div": "<div><script>x</script></div>"}}, "Appointment.text.div"),
    ],
)
def test_faulty_appointments(changes, path):
    assert path in wrong(APPOINTMENT, **changes)


@pytest.mark.parametrize(
    ("base", "changes", "path"),
    [
        (SLOT, {"schedule": ...}, "Slot.schedule"),
        (SLOT, {"schedule": {"reference": "Location/1"}}, "Slot.schedule.reference"),
        (SLOT, {"end": "2026-11-26T12:00:00Z"}, "Slot"),
        (SLOT, {"status": ["free"]}, "Slot.status"),
        (PATIENT, {"gender": "mujer"}, "Patient.gender"),
        (PATIENT, {"birthDate": "1996-02-30"}, "Patient.birthDate"),
        (PATIENT, {"deceasedBoolean": True, "deceasedDateTime": "2020"}, "Patient.deceased"),
        (PATIENT, {"contact": [{"gender": "female"}]}, "Patient.contact[0]"),
        (LOCATION, {"position": {"latitude": -34.6}}, "Location.position.longitude"),
        (LOCATION, {"position": {"latitude": -134.6, "longitude": 0}}, "Location.position"),
        (LOCATION, {"position": {"latitude": float("inf"), "longitude": 0}}, "Location.position.latitude"),
        (LOCATION, {"position": {"latitude": 10**400, "longitude": 0}}, "Location.position.latitude"),
        (LOCATION, {"address": [{"city": "CABA"}]}, "Location.address"),
        ({"resourceType": "Organization"}, {"active": True}, "Organization"),
        ({"resourceType": "Schedule"}, {"active": True}, "Schedule.actor"),
        (
            {"resourceType": "HealthcareService"},
            {"notAvailable": [{"during": {"start": "2026"}}]},
            "HealthcareService.notAvailable[0].description",
        ),
    ],
)
def test_faulty_others(base, changes, path):
    assert path in wrong(base, **changes)


def test_nesting_has_an_end():
    extension: dict[str, Any] = {"url": "urn:x", "valueString": "y"}
    for _ in range(60):
        extension = {"url": "urn:x", "extension": [extension]}
    assert wrong(SLOT, extension=[extension])


def test_no_fault_repeats_a_value():
    secret = "30111222"
    resource = APPOINTMENT | {secret: 1, "status": secret, "start": secret, "slot": [{"reference": secret}]}
    found = faults(resource, definitions()["Appointment"])
    assert len(found) >= 4
    assert not any(secret in fault.path + fault.text for fault in found)
