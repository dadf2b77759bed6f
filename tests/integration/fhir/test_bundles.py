"""Conditional update, batch, and transactions that also read."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, event

from latido.crypto import Vault
from latido.fhir.client import FhirClient
from latido.fhir.server import FhirServer

from .conftest import appointment, patient, slot
from .test_interactions import ORGANIZATION, call

IDENTIFIER = {"system": "urn:x", "value": "1"}
NAMED = ORGANIZATION | {"identifier": [IDENTIFIER]}


def entry(method: str, url: str, resource: Any = None, full_url: str | None = None, **request: str) -> dict[str, Any]:
    found: dict[str, Any] = {"request": {"method": method, "url": url} | request}
    found |= {"fullUrl": full_url} if full_url else {}
    return found | ({"resource": resource} if resource is not None else {})


def send(server: FhirServer, kind: str, *entries: Any, **headers: str) -> tuple[int, dict[str, Any]]:
    bundle = {"resourceType": "Bundle", "type": kind, "entry": list(entries)}
    answer, found = call(server, "POST", "/", bundle, **headers)
    return answer.status, found


def statuses(bundle: dict[str, Any]) -> list[int]:
    return [int(each["response"]["status"].split()[0]) for each in bundle["entry"]]


class TestConditionalUpdate:
    def put(self, server: FhirServer, resource: Any, query: str = "identifier=urn:x|1", **headers: str):
        answer, found = call(server, "PUT", "/Organization", resource, query, **headers)
        return answer.status, found

    def test_creates_then_updates(self, client: FhirClient, server: FhirServer):
        status, first = self.put(server, NAMED)
        assert status == 201
        status, again = self.put(server, NAMED | {"name": "b"})
        assert (status, again["id"], again["meta"]["versionId"], again["name"]) == (200, first["id"], "2", "b")
        assert self.put(server, NAMED | {"id": first["id"]})[0] == 200
        assert client.search("Organization", [("_summary", "count")]).total == 1

    def test_takes_an_id_of_the_callers_only_when_it_is_new(self, client: FhirClient, server: FhirServer):
        assert self.put(server, NAMED | {"id": "mine"})[0] == 201
        assert client.read("Organization", "mine")["name"] == NAMED["name"]
        assert self.put(server, NAMED | {"id": "other"})[0] == 400
        assert self.put(server, NAMED | {"id": "mine"}, query="identifier=urn:x|2")[0] == 409

    def test_needs_one_match_and_a_condition(self, client: FhirClient, server: FhirServer):
        for _ in range(2):
            client.create(NAMED)
        assert self.put(server, NAMED)[0] == 412
        assert self.put(server, NAMED, query="")[0] == 412
        assert self.put(server, NAMED, query="_count=1")[0] == 412
        assert self.put(server, NAMED, query="color=red")[0] == 400

    def test_goes_under_if_match(self, server: FhirServer):
        self.put(server, NAMED)
        assert self.put(server, NAMED, if_match='W/"1"')[0] == 200
        assert self.put(server, NAMED, if_match='W/"1"')[0] == 412

    def test_makes_one_of_many_at_once(self, client: FhirClient, server: FhirServer):
        with ThreadPoolExecutor(20) as pool:
            results = list(pool.map(lambda _: self.put(server, NAMED)[0], range(20)))
        assert sorted(results) == [200] * 19 + [201]
        (only,) = client.search("Organization", []).matches
        assert only["meta"]["versionId"] == "20"


class TestBatch:
    def test_each_entry_for_itself(self, agenda: FhirClient, server: FhirServer):
        agenda.create(appointment("s1", key="a"))
        status, found = send(
            server,
            "batch",
            entry("POST", "Appointment", appointment("s1", key="b")),
            entry("POST", "Appointment", appointment("s2", key="c"), ifNoneExist="identifier=urn:latido:booking|c"),
            entry("PUT", "Slot/s2", slot("s2", index=2, status="busy"), ifMatch='W/"9"'),
            entry("GET", "Slot/s1"),
            entry("GET", "Slot?status=free&_summary=count"),
            entry("GET", "Slot/none"),
            entry("GET", "Slot/s1", ifNoneMatch='W/"1"'),
            entry("DELETE", "Slot/s1"),
            entry("POST", "", {"resourceType": "Bundle", "type": "batch"}),
            entry("POST", "Slot/_search", {"resourceType": "Parameters"}),
            {"nonsense": 1},
        )
        assert (status, found["type"]) == (200, "batch-response")
        assert statuses(found) == [409, 201, 412, 200, 200, 404, 304, 405, 400, 400, 400]
        assert found["entry"][0]["response"]["outcome"]["issue"][0]["expression"] == ["Appointment.slot"]
        created = found["entry"][1]
        assert created["resource"] == agenda.read("Appointment", created["resource"]["id"])
        assert created["fullUrl"].endswith(f"/Appointment/{created['resource']['id']}")
        assert created["response"]["etag"] == 'W/"1"'
        assert found["entry"][3]["resource"]["id"] == "s1"
        assert found["entry"][4]["resource"]["total"] == 9

    def test_says_as_little_as_asked(self, client: FhirClient, server: FhirServer):
        _, found = send(server, "batch", entry("POST", "Organization", NAMED), prefer="return=minimal")
        assert "resource" not in found["entry"][0]
        assert found["entry"][0]["response"]["location"]

    def test_that_only_reads_is_answered_on_one_connection(
        self, agenda: FhirClient, server: FhirServer, engine: Engine
    ):
        taken: list[object] = []
        event.listen(engine, "checkout", lambda *each: taken.append(each))
        reads = [
            entry("GET", each) for each in ("Slot/s1", "Slot?colour=red", "Slot/none", "Slot?status=busy", "Nurse")
        ]
        status, found = send(server, "batch", *reads, prefer="handling=strict")
        assert (status, statuses(found)) == (200, [200, 400, 404, 200, 404])
        assert found["entry"][3]["resource"]["entry"][0]["resource"]["id"] == "busy"
        assert len(taken) == 1

    def test_of_which_one_read_takes_too_long_answers_the_others(
        self, agenda: FhirClient, engine: Engine, vault: Vault
    ):
        def late(connection: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> tuple[str, Any]:
            slow = "Schedule" in str(parameters)
            return ("SELECT pg_sleep(60)", {}) if slow else (statement, parameters)

        event.listen(engine, "before_cursor_execute", late, retval=True)
        reads = [entry("GET", each) for each in ("Slot/s1", "Schedule?active=true", "Slot?status=busy")]
        status, found = send(FhirServer(engine, vault, statement_timeout_ms=50), "batch", *reads)
        event.remove(engine, "before_cursor_execute", late)
        assert (status, statuses(found)) == (200, [200, 503, 200])

    def test_may_be_empty(self, server: FhirServer):
        assert send(server, "batch") == (200, {"resourceType": "Bundle", "type": "batch-response"})


class TestTransaction:
    def test_reads_what_it_has_written(self, agenda: FhirClient, server: FhirServer):
        status, found = send(
            server,
            "transaction",
            entry("GET", "Slot?status=busy&schedule=Schedule/cesac-15-prenatal&_summary=count"),
            entry("GET", "Slot/s1"),
            entry("GET", "Slot/s1/_history"),
            entry("GET", "Slot/s1", ifNoneMatch='W/"2"'),
            entry("PUT", "Slot/s1", slot("s1", index=1, status="busy")),
        )
        assert (status, statuses(found)) == (200, [200, 200, 200, 304, 200])
        assert found["entry"][0]["resource"]["total"] == 2
        assert found["entry"][1]["resource"]["status"] == "busy"
        assert len(found["entry"][2]["resource"]["entry"]) == 2

    def test_ends_when_a_read_fails(self, agenda: FhirClient, server: FhirServer):
        status, found = send(
            server, "transaction", entry("PUT", "Slot/s1", slot("s1", status="busy")), entry("GET", "Slot/none")
        )
        assert (status, found["issue"][0]["expression"]) == (404, ["Bundle.entry[1].request"])
        assert agenda.read("Slot", "s1")["status"] == "free"

    def test_updates_by_condition(self, client: FhirClient, server: FhirServer):
        change = entry("PUT", "Organization?identifier=urn:x%7C1", NAMED)
        assert statuses(send(server, "transaction", change)[1]) == [201]
        assert statuses(send(server, "transaction", change)[1]) == [200]
        assert client.search("Organization", [("_summary", "count")]).total == 1

    def test_refuses_two_writes_of_one_resource(self, client: FhirClient, server: FhirServer):
        stored = client.create(NAMED)
        by_id = entry("PUT", f"Organization/{stored['id']}", NAMED | {"id": stored["id"]})
        by_condition = entry("PUT", "Organization?identifier=urn:x|1", NAMED)
        assert send(server, "transaction", by_id, by_condition)[0] == 400
        new = entry("POST", "Organization", NAMED, ifNoneExist="identifier=urn:x|2")
        assert send(server, "transaction", new, new)[0] == 400

    @pytest.mark.parametrize("first", ["patient", "appointment"])
    def test_resolves_a_conditional_reference(self, agenda: FhirClient, server: FhirServer, first: str):
        """To a resource that is stored, and to one of the same transaction."""
        meant = "Patient?identifier=http://www.renaper.gob.ar/dni|30111222"
        booking = appointment("s1") | {"participant": [{"actor": {"reference": meant}, "status": "accepted"}]}
        new_patient = {name: value for name, value in patient().items() if name != "id"}
        create = entry("POST", "Patient", new_patient)
        entries = [create, entry("POST", "Appointment", booking)]
        status, found = send(server, "transaction", *(entries if first == "patient" else reversed(entries)))
        assert status == 200
        made = {each["resource"]["resourceType"]: each["resource"] for each in found["entry"]}
        reference = made["Appointment"]["participant"][0]["actor"]["reference"]
        assert reference == f"Patient/{made['Patient']['id']}"
        booking = booking | {"slot": [{"reference": "Slot/s2"}]}
        status, found = send(server, "transaction", entry("POST", "Appointment", booking))
        assert found["entry"][0]["resource"]["participant"][0]["actor"]["reference"] == reference

    def test_refuses_a_conditional_reference_to_none_or_to_several(self, agenda: FhirClient, server: FhirServer):
        for number in (1, 2, 3):
            meant = "Patient?identifier=http://www.renaper.gob.ar/dni|30111222"
            booking = appointment("s1") | {"participant": [{"actor": {"reference": meant}, "status": "accepted"}]}
            status, found = send(server, "transaction", entry("POST", "Appointment", booking))
            assert status == (200 if number == 2 else 412)
            assert "30111222" not in str(found) or status == 200
            if number == 2:
                made = found["entry"][0]["resource"]
                agenda.update(made | {"status": "cancelled"})
            agenda.update(patient(f"p{number}"))

    @pytest.mark.parametrize(
        ("broken", "status", "place"),
        [
            (entry("GET", "Slot/s1", NAMED), 400, "Bundle.entry[0].resource"),
            (entry("POST", "Organization"), 400, "Bundle.entry[0].resource"),
            (entry("POST", "Organization/_search", {}), 400, "Bundle.entry[0]"),
            (entry("POST", "Patient/$nothing", {}), 404, "Bundle.entry[0].request"),
            (entry("POST", "Medication", NAMED), 404, "Bundle.entry[0].request"),
            (entry("DELETE", "Slot/s1"), 405, "Bundle.entry[0].request"),
            (entry("EXPLODE", "Slot/s1"), 400, "Bundle.entry[0].request.method"),
            (entry("PUT", "Organization/o", NAMED | {"id": "p"}), 400, "Bundle.entry[0].resource.id"),
            (entry("PUT", "Organization/o", NAMED | {"id": "o"}, ifMatch="3"), 400, "Bundle.entry[0].request.ifMatch"),
        ],
    )
    def test_names_the_place_of_what_it_refuses(self, server: FhirServer, broken: Any, status: int, place: str):
        answered, found = send(server, "transaction", broken)
        assert (answered, found["issue"][0]["expression"]) == (status, [place])
