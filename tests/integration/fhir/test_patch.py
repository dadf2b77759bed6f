"""`PATCH` with JSON Patch, by id and by condition."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from latido.fhir.client import FhirClient
from latido.fhir.server import FhirServer
from latido.fhir.server.patch import JSON_PATCH

from .conftest import appointment, slot
from .test_interactions import ORGANIZATION, call

CANCEL = [
    {"op": "test", "path": "/status", "value": "booked"},
    {"op": "replace", "path": "/status", "value": "cancelled"},
    {"op": "add", "path": "/cancelationReason", "value": {"coding": [{"code": "pat"}]}},
]


def patch(server: FhirServer, path: str, operations: Any, query: str = "", **headers: str) -> tuple[int, Any]:
    body = operations if isinstance(operations, bytes) else json.dumps(operations).encode()
    named = {"content_type": JSON_PATCH} | headers
    answer, found = call(server, "PATCH", path, body, query, **named)
    return answer.status, found


def binary(operations: Any) -> dict[str, Any]:
    data = base64.b64encode(json.dumps(operations).encode()).decode()
    return {"resourceType": "Binary", "contentType": JSON_PATCH, "data": data}


@pytest.fixture
def booked(agenda: FhirClient) -> dict[str, Any]:
    return agenda.update(appointment("s1") | {"id": "a"})


def test_a_cancellation_frees_the_seat(agenda: FhirClient, server: FhirServer, booked: dict[str, Any]):
    status, found = patch(server, "/Appointment/a", CANCEL, if_match='W/"1"')
    assert (status, found["status"], found["meta"]["versionId"]) == (200, "cancelled", "2")
    assert agenda.read("Appointment", "a") == found
    agenda.create(appointment("s1", key="b"))


def test_the_second_of_two_fails_its_test(agenda: FhirClient, server: FhirServer, booked: dict[str, Any]):
    assert patch(server, "/Appointment/a", CANCEL)[0] == 200
    status, found = patch(server, "/Appointment/a", CANCEL)
    assert (status, found["resourceType"]) == (422, "OperationOutcome")
    assert agenda.read("Appointment", "a")["meta"]["versionId"] == "2"


def test_a_stale_version_is_refused(server: FhirServer, booked: dict[str, Any]):
    assert patch(server, "/Appointment/a", CANCEL, if_match='W/"7"')[0] == 412
    assert patch(server, "/Appointment/a", CANCEL, if_match="7")[0] == 400


def test_a_patch_cannot_move_onto_a_taken_slot(agenda: FhirClient, server: FhirServer, booked: dict[str, Any]):
    agenda.update(appointment("s2", key="b") | {"id": "b"})
    move = [{"op": "replace", "path": "/slot/0/reference", "value": "Slot/s1"}]
    assert patch(server, "/Appointment/b", move)[0] == 409
    assert patch(server, "/Slot/s1", [{"op": "replace", "path": "/status", "value": "free"}])[0] == 409


@pytest.mark.parametrize(
    ("operations", "status"),
    [
        ([{"op": "replace", "path": "/status", "value": "perdido"}], 422),
        ([{"op": "remove", "path": "/participant"}], 422),
        ([{"op": "replace", "path": "/id", "value": "b"}], 422),
        ([{"op": "replace", "path": "/resourceType", "value": "Slot"}], 422),
        ([{"op": "replace", "path": "/meta/versionId", "value": "9"}], 422),
        ([{"op": "remove", "path": "/meta"}], 422),
        ([{"op": "remove", "path": ""}], 422),
        ([{"op": "replace", "path": "", "value": 3}], 422),
        ([{"op": "add", "path": "/status/x", "value": 3}], 422),
        ([{"op": "remove", "path": "/participant/7"}], 422),
        ([{"op": "remove", "path": "/none"}], 422),
        ([{"op": "copy", "from": "", "path": "/extension"}], 422),
        ([{"op": "copy", "from": "", "path": "/x"}] * 60, 422),
        ([{"op": "replace", "path": "status", "value": "x"}], 400),
        ([{"op": "replace", "value": "x"}], 400),
        ([{"op": "explode", "path": "/status"}], 400),
        ([], 400),
        ({"op": "remove", "path": "/status"}, 400),
        (["remove"], 400),
        ([{"op": "remove", "path": "/status"}] * 201, 400),
        (b"[{", 400),
        (b"\xff", 400),
    ],
)
def test_what_is_refused_changes_nothing(
    agenda: FhirClient, server: FhirServer, booked: dict[str, Any], operations: Any, status: int
):
    answered, found = patch(server, "/Appointment/a", operations)
    assert (answered, found["resourceType"]) == (status, "OperationOutcome")
    assert "perdido" not in json.dumps(found)
    assert agenda.read("Appointment", "a") == booked


def test_where_a_patch_may_go(server: FhirServer, booked: dict[str, Any]):
    assert patch(server, "/Appointment/none", CANCEL)[0] == 404
    assert patch(server, "/Appointment/a", CANCEL, content_type="application/fhir+json")[0] == 415


def test_by_condition(agenda: FhirClient, server: FhirServer, booked: dict[str, Any]):
    assert patch(server, "/Appointment", CANCEL, query="identifier=urn:latido:booking|none")[0] == 404
    assert patch(server, "/Appointment", CANCEL)[0] == 412
    agenda.create(appointment("s2", key="b"))
    assert patch(server, "/Appointment", CANCEL, query="status=booked")[0] == 412
    status, found = patch(server, "/Appointment", CANCEL, query="identifier=urn:latido:booking|SM1:book")
    assert (status, found["id"], found["status"]) == (200, "a", "cancelled")


def test_in_a_transaction_with_the_slot(agenda: FhirClient, server: FhirServer, booked: dict[str, Any]):
    def transact(expected: str) -> tuple[int, Any]:
        entries = [
            {
                "resource": binary([{"op": "replace", "path": "/status", "value": "free"}]),
                "request": {"method": "PATCH", "url": "Slot/s1"},
            },
            {
                "resource": binary(CANCEL),
                "request": {"method": "PATCH", "url": "Appointment/a", "ifMatch": f'W/"{expected}"'},
            },
        ]
        answer, found = call(server, "POST", "/", {"resourceType": "Bundle", "type": "transaction", "entry": entries})
        return answer.status, found

    agenda.update(slot("s1", index=1, status="busy"))
    assert transact("3")[0] == 412
    assert agenda.read("Slot", "s1")["status"] == "busy"
    status, found = transact("1")
    assert status == 200
    assert [each["resource"]["status"] for each in found["entry"]] == ["free", "cancelled"]
    status, found = transact("2")
    assert (status, found["issue"][0]["expression"]) == (422, ["Bundle.entry[1]"])


@pytest.mark.parametrize(
    "content",
    [{"resourceType": "Binary"}, ORGANIZATION, binary([]), binary([]) | {"data": "%"}, binary([]) | {"data": [1]}],
)
def test_a_broken_patch_in_a_transaction(server: FhirServer, content: dict[str, Any]):
    entry = {"resource": content, "request": {"method": "PATCH", "url": "Organization/o"}}
    answer, found = call(server, "POST", "/", {"resourceType": "Bundle", "type": "transaction", "entry": [entry]})
    assert (answer.status, found["resourceType"]) == (400, "OperationOutcome")
