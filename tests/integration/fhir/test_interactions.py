"""Each interaction of the embedded server, through the client and at the bare core."""

from __future__ import annotations

import json
from typing import Any

import pytest

from latido.fhir.bundles import create_entry, update_entry
from latido.fhir.client import FhirClient
from latido.fhir.errors import Conflict, NotFound, Refused
from latido.fhir.server import FhirResponse, FhirServer
from latido.fhir.server.definitions import definitions

from .conftest import appointment, patient, slot

ORGANIZATION = {"resourceType": "Organization", "name": "CeSAC N° 15", "active": True}


def call(
    server: FhirServer, method: str, path: str, body: Any = None, query: str = "", **headers: str
) -> tuple[FhirResponse, dict[str, Any]]:
    """One request; header names with `_` for `-`."""
    content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = server.handle(method, path, query, named, content)
    return answer, json.loads(answer.body) if answer.body else {}


def test_create_then_read(client: FhirClient):
    stored = client.create(ORGANIZATION)
    assert stored["meta"]["versionId"] == "1"
    assert client.read("Organization", stored["id"]) == stored


def test_create_answers_with_location_and_etag(server: FhirServer):
    answer, body = call(server, "POST", "/Organization", ORGANIZATION)
    assert answer.status == 201
    assert answer.headers["ETag"] == 'W/"1"'
    assert answer.headers["Location"].endswith(f"/Organization/{body['id']}/_history/1")
    assert answer.headers["Last-Modified"].endswith(" GMT")


@pytest.mark.parametrize(
    ("wanted", "kind"),
    [
        ("minimal", None),
        ("representation", "Organization"),
        ("OperationOutcome", "OperationOutcome"),
    ],
)
def test_prefer_return(server: FhirServer, wanted: str, kind: str | None):
    answer, body = call(server, "POST", "/Organization", ORGANIZATION, prefer=f"return={wanted}")
    assert answer.status == 201
    assert body.get("resourceType") == kind


def test_update_makes_a_version_and_keeps_the_earlier_one(client: FhirClient):
    stored = client.create(ORGANIZATION)
    changed = client.update(stored | {"name": "CeSAC 15"}, if_match="1")
    assert changed["meta"]["versionId"] == "2"
    assert client.read("Organization", stored["id"], version="1") == stored
    assert client.read("Organization", stored["id"], version="2") == changed
    with pytest.raises(NotFound):
        client.read("Organization", stored["id"], version="3")


def test_a_stale_version_is_refused(client: FhirClient):
    stored = client.create(ORGANIZATION)
    client.update(stored, if_match="1")
    with pytest.raises(Conflict) as caught:
        client.update(stored | {"name": "late"}, if_match="1")
    assert caught.value.status == 412
    assert client.read("Organization", stored["id"])["name"] == ORGANIZATION["name"]


def test_update_as_create(client: FhirClient, server: FhirServer):
    answer, _ = call(server, "PUT", "/Organization/cesac-15", ORGANIZATION | {"id": "cesac-15"})
    assert answer.status == 201
    assert client.read("Organization", "cesac-15")["id"] == "cesac-15"


def test_if_match_on_what_is_not_there(client: FhirClient):
    with pytest.raises(Conflict):
        client.update(ORGANIZATION | {"id": "new"}, if_match="1")


def test_conditional_create_finds_the_first(agenda: FhirClient, server: FhirServer):
    agenda.update(patient())
    condition = "identifier=urn:latido:booking|SM1:book"
    first = agenda.create(appointment("s1"), if_none_exist=condition)
    again, body = call(server, "POST", "/Appointment", appointment("s1"), if_none_exist=condition)
    assert again.status == 200
    assert body["id"] == first["id"]


def test_conditional_create_with_many_matches(client: FhirClient):
    for _ in range(2):
        client.create(ORGANIZATION)
    with pytest.raises(Conflict) as caught:
        client.create(ORGANIZATION, if_none_exist="name=CeSAC")
    assert caught.value.status == 412


def test_conditional_create_needs_a_condition_it_understands(server: FhirServer):
    for condition in ("Organization?identifier=a|b", "?identifier=a|b", "_count=1", ""):
        answer, _ = call(server, "POST", "/Organization", ORGANIZATION, if_none_exist=condition)
        assert answer.status in (400, 412), condition


def test_not_modified(server: FhirServer, client: FhirClient):
    stored = client.create(ORGANIZATION)
    answer, body = call(server, "GET", f"/Organization/{stored['id']}", if_none_match='W/"1"')
    assert (answer.status, body) == (304, {})


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status"),
    [
        ("GET", "/Organization/none", None, {}, 404),
        ("GET", "/Medication", None, {}, 404),
        ("GET", "/Organization/a/b", None, {}, 404),
        ("DELETE", "/Organization/a", None, {}, 405),
        ("GET", "/", None, {}, 405),
        ("GET", "/metadata", None, {"accept": "application/fhir+xml"}, 406),
        ("POST", "/Organization", b"<x/>", {"content_type": "application/fhir+xml"}, 415),
        ("POST", "/Organization", b"{", {}, 400),
        ("POST", "/Organization", b"[" * 100_000, {}, 400),
        ("POST", "/Organization", b'{"resourceType":"Organization","name":"a","name":"b"}', {}, 400),
        ("POST", "/Organization", b'{"resourceType":"Organization","name":NaN}', {}, 400),
        ("POST", "/Organization", b"\xff\xfe", {}, 400),
        ("POST", "/Organization", {"resourceType": "Patient"}, {}, 400),
        ("PUT", "/Organization/a", {"resourceType": "Organization", "id": "b", "name": "x"}, {}, 400),
        ("PUT", "/Organization/a", {"resourceType": "Organization", "id": "a", "name": "x"}, {"if_match": "1"}, 400),
        ("POST", "/Organization", {"resourceType": "Organization"}, {}, 422),
        ("POST", "/Slot", slot("x") | {"status": "libre"}, {}, 422),
        ("POST", "/", {"resourceType": "Bundle", "type": "history"}, {}, 400),
        ("POST", "/", {"resourceType": "Bundle", "type": "batch", "entry": {}}, {}, 400),
    ],
)
def test_every_error_is_an_operation_outcome(server: FhirServer, method, path, body, headers, status):
    answer, outcome = call(server, method, path, body, **headers)
    assert answer.status == status
    assert outcome["resourceType"] == "OperationOutcome"
    assert all(issue["code"] and issue["diagnostics"] for issue in outcome["issue"])


def test_a_fault_is_told_with_its_path_and_without_its_value(client: FhirClient):
    broken = patient() | {"birthDate": "nació en 30111222", "30111222": 1}
    with pytest.raises(Refused) as caught:
        client.create(broken)
    assert caught.value.places == ["Patient.birthDate", "Patient.?"]
    assert "30111222" not in json.dumps(caught.value.outcome)


def test_unknown_fields_of_extensions_survive(client: FhirClient):
    extension = [
        {
            "url": "urn:latido:priority",
            "extension": [
                {"url": "class", "valueCode": "top"},
                {"url": "reasons", "valueString": "no_checkup_after_20_weeks"},
            ],
        }
    ]
    stored = client.create(
        ORGANIZATION | {"extension": extension, "_name": {"extension": [{"url": "urn:x", "valueDecimal": 1.25}]}}
    )
    assert client.read("Organization", stored["id"])["extension"] == extension
    assert stored["_name"]["extension"][0]["valueDecimal"] == 1.25


def test_capabilities_tell_what_is_there(client: FhirClient):
    rest = client.capabilities()["rest"][0]
    resources = {each["type"]: each for each in rest["resource"]}
    assert resources.keys() == set(definitions())
    for kind, each in resources.items():
        for parameter in each["searchParam"]:
            value = {"special": "-34|-58", "date": "2026-11-26"}
            page = client.search(kind, [(parameter["name"], value.get(parameter["type"], "x"))])
            assert page.honoured(parameter["name"])
        for include in each.get("searchInclude", []):
            assert client.search(kind, [("_include", include)]).honoured("_include")
    assert rest["interaction"] == [{"code": "transaction"}, {"code": "batch"}]


def test_a_transaction_resolves_references_in_either_order(agenda: FhirClient):
    booking = appointment("s1") | {"participant": [{"actor": {"reference": "urn:uuid:1"}, "status": "accepted"}]}
    entries = [
        create_entry(booking, "identifier=urn:latido:booking|SM1:book"),
        create_entry(patient(), "identifier=urn:latido:resident|abc123:self", full_url="urn:uuid:1"),
        update_entry(slot("s1", index=1, status="busy"), if_match="1"),
    ]
    answers = agenda.transaction(entries)
    assert [answer.status for answer in answers] == [201, 201, 200]
    assert answers[0].resource["participant"][0]["actor"]["reference"] == answers[1].reference
    assert agenda.read("Slot", "s1")["status"] == "busy"


def test_a_transaction_uses_the_patient_that_is_there(agenda: FhirClient):
    agenda.update(patient("known"))
    booking = appointment("s1") | {"participant": [{"actor": {"reference": "urn:uuid:1"}, "status": "accepted"}]}
    answers = agenda.transaction(
        [
            create_entry(patient("ignored"), "identifier=urn:latido:resident|abc123:self", full_url="urn:uuid:1"),
            create_entry(booking),
        ]
    )
    assert answers[0].status == 200
    assert answers[1].resource["participant"][0]["actor"]["reference"] == "Patient/known"


@pytest.mark.parametrize(
    "spoiler",
    [
        {"request": {"method": "PUT", "url": "Slot/s1", "ifMatch": 'W/"7"'}, "resource": slot("s1", index=1)},
        {"request": {"method": "POST", "url": "Slot"}, "resource": {"resourceType": "Slot", "status": "free"}},
        {"request": {"method": "POST", "url": "Appointment"}, "resource": appointment("taken", key="b")},
        {"request": {"method": "POST", "url": "Appointment"}, "resource": appointment("absent", key="b")},
        {"request": {"method": "DELETE", "url": "Slot/s1"}, "resource": slot("s1")},
    ],
)
def test_one_failing_entry_changes_nothing(agenda: FhirClient, server: FhirServer, spoiler):
    agenda.update(slot("taken", index=9))
    agenda.create(appointment("taken", key="a"))
    before = agenda.search("Appointment", [("_summary", "count")]).total
    good = {"request": {"method": "POST", "url": "Appointment"}, "resource": appointment("s2", key="c")}
    busy = {"request": {"method": "PUT", "url": "Slot/s2"}, "resource": slot("s2", index=2, status="busy")}
    answer, outcome = call(
        server, "POST", "/", {"resourceType": "Bundle", "type": "transaction", "entry": [good, busy, spoiler]}
    )
    assert answer.status in (400, 409, 412, 422)
    assert outcome["resourceType"] == "OperationOutcome"
    assert agenda.search("Appointment", [("_summary", "count")]).total == before
    assert agenda.read("Slot", "s2")["meta"]["versionId"] == "1"


def test_the_place_of_a_fault_in_a_transaction(agenda: FhirClient):
    with pytest.raises(Refused) as caught:
        agenda.transaction([create_entry(ORGANIZATION), create_entry(appointment("s1") | {"status": "perdido"})])
    assert caught.value.places == ["Bundle.entry[1].resource.Appointment.status"]
