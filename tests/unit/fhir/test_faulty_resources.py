"""Thirteen faulty resources that the usual validators let through in part: each is refused, with the fault's place.

The two good ones beside them, and one of every other type, raise no alarm.
"""

from __future__ import annotations

from typing import Any

import pytest

from latido.fhir.server.definitions import definitions
from latido.fhir.server.validation import faults

from .examples import EXAMPLES, example

APPOINTMENT: dict[str, Any] = {
    "resourceType": "Appointment",
    "status": "booked",
    "priority": 1,
    "serviceType": [{"coding": [{"system": "urn:example:service", "code": "prenatal"}]}],
    "description": "Primer control",
    "start": "2026-11-26T09:30:00-03:00",
    "end": "2026-11-26T10:00:00-03:00",
    "slot": [{"reference": "Slot/s1"}],
    "participant": [{"actor": {"reference": "Patient/p1"}, "status": "accepted"}],
}
EPISODE = example("EpisodeOfCare")


def places(resource: dict[str, Any]) -> list[str]:
    told = {name: value for name, value in resource.items() if value is not ...}
    return [fault.path for fault in faults(told, definitions()[told["resourceType"]])]


FAULTY = {
    "R5-style priority": (APPOINTMENT | {"priority": {"coding": [{"code": "A"}]}}, "Appointment.priority"),
    "unknown element": (APPOINTMENT | {"replaces": [{"reference": "Appointment/a0"}]}, "Appointment.replaces"),
    "bogus status of an appointment": (APPOINTMENT | {"status": "perdido"}, "Appointment.status"),
    "bogus status of an episode": (EPISODE | {"status": "activo"}, "EpisodeOfCare.status"),
    "no participant": (APPOINTMENT | {"participant": ...}, "Appointment.participant"),
    "app-2": (APPOINTMENT | {"end": ...}, "Appointment"),
    "app-3": (APPOINTMENT | {"start": ..., "end": ...}, "Appointment"),
    "instant as date": (APPOINTMENT | {"start": "2026-11-26"}, "Appointment.start"),
    "instant without zone": (APPOINTMENT | {"start": "2026-11-26T09:30:00"}, "Appointment.start"),
    "R5 CodeableReference": (
        APPOINTMENT | {"serviceType": [{"concept": {"text": "control"}}]},
        "Appointment.serviceType[0].concept",
    ),
    "reference to a wrong type": (
        APPOINTMENT | {"slot": [{"reference": "Schedule/s1"}]},
        "Appointment.slot[0].reference",
    ),
    "communication without status": (example("Communication", status=...), "Communication.status"),
    "empty string": (APPOINTMENT | {"description": ""}, "Appointment.description"),
}


def test_there_are_thirteen():
    assert len(FAULTY) == 13


@pytest.mark.parametrize(("resource", "path"), FAULTY.values(), ids=FAULTY)
def test_each_is_refused_at_its_place(resource: dict[str, Any], path: str):
    assert path in places(resource)


@pytest.mark.parametrize(
    "resource", [APPOINTMENT, *(example(kind) for kind in EXAMPLES)], ids=lambda r: r["resourceType"]
)
def test_good_ones_raise_no_alarm(resource: dict[str, Any]):
    assert places(resource) == []


def test_every_type_has_an_example_somewhere():
    elsewhere = {"Appointment", "Slot", "Schedule", "Location", "HealthcareService", "Organization", "Patient"}
    assert set(EXAMPLES) | elsewhere >= set(definitions())
