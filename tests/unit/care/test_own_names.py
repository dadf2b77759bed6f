"""Our own ids, read as a map."""

from __future__ import annotations

import pytest

from latido.care.mapping.own_names import OwnNames

SLOT = {"resourceType": "Slot", "id": "s", "schedule": {"reference": "Schedule/cesac-15-prenatal"}}
APPOINTMENT = {
    "resourceType": "Appointment",
    "serviceType": [{"coding": [{"system": "urn:latido:service", "code": "pediatric"}]}],
    "participant": [
        {"actor": {"reference": "Patient/p1"}},
        {"actor": {"display": "somebody"}},
        {"actor": {"reference": "http://x/fhir/Location/cesac-7"}},
    ],
}


def test_what_each_resource_says() -> None:
    names = OwnNames()
    assert (names.center_of(SLOT), names.service_of(SLOT)) == (15, "prenatal")
    assert (names.center_of(APPOINTMENT), names.service_of(APPOINTMENT)) == (7, "pediatric")


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "Slot"},
        {"resourceType": "Slot", "schedule": {"reference": "Schedule/77"}},
        {"resourceType": "Appointment", "participant": [{"actor": {"reference": "Location/somewhere"}}]},
        {"resourceType": "Appointment", "serviceType": [{"coding": [{"system": "other", "code": "prenatal"}]}]},
    ],
)
def test_what_is_none_of_ours(resource: dict) -> None:
    assert OwnNames().center_of(resource) is None
    assert OwnNames().service_of(resource) is None


def test_what_is_searched_and_written() -> None:
    names = OwnNames()
    assert [each.params for each in names.slot_searches([15, 7], "prenatal")] == [
        (("schedule", "Schedule/cesac-15-prenatal,Schedule/cesac-7-prenatal"),)
    ]
    assert names.slot_searches([], "prenatal") == []
    assert names.location_of(15) == "Location/cesac-15"
    assert names.service_type("prenatal") == {"coding": [{"system": "urn:latido:service", "code": "prenatal"}]}
