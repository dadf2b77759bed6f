"""Centres and services found on a server whose ids are its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests
from sqlalchemy import Engine

from latido.care.mapping.found_names import KEPT_SECONDS, SOONEST_SECONDS, FoundNames
from latido.care.mapping.map_file import MapFile
from latido.crypto import Vault
from latido.fhir.bundles import update_entry
from latido.fhir.client import FhirClient
from latido.fhir.errors import Busy
from latido.fhir.server import FhirServer
from latido.fhir.transport import IN_PROCESS_BASE, in_process_session
from tests.integration.fhir_client.loopback import Answer, Asked, loopback

CITY = "https://salud.example/cesac"
SNOMED = "http://snomed.info/sct"
NAMES = MapFile.model_validate(
    {
        "center_system": CITY,
        "services": {"prenatal": [f"{SNOMED}|424441002"]},
        "centers": {24: {"location": "Location/villa", "schedules": {"prenatal": ["Schedule/doctor-77"]}}},
    }
)


def coded(code: str) -> dict[str, Any]:
    return {"coding": [{"system": SNOMED, "code": code}]}


def location(identity: str, value: str, **more: Any) -> dict[str, Any]:
    identifier = [{"system": CITY, "value": value}]
    return {"resourceType": "Location", "id": identity, "status": "active", "identifier": identifier, **more}


def schedule(identity: str, *actors: str, code: str | None = None, **more: Any) -> dict[str, Any]:
    said = {"serviceType": [coded(code)]} if code else {}
    actor = [{"reference": each} for each in actors]
    return {"resourceType": "Schedule", "id": identity, "actor": actor, **said, **more}


def slot(identity: str, agenda: str, code: str | None = None) -> dict[str, Any]:
    said = {"serviceType": [coded(code)]} if code else {}
    times = {"start": "2026-12-01T09:00:00-03:00", "end": "2026-12-01T09:20:00-03:00"}
    reference = {"reference": f"Schedule/{agenda}"}
    return {"resourceType": "Slot", "id": identity, "status": "free", "schedule": reference, **times, **said}


RESOURCES = [
    location("san-telmo", "15"),
    location("barracas", "8"),
    location("closed", "21", status="inactive"),
    location("villa", "twenty-four"),
    location("elsewhere", "999"),
    {
        "resourceType": "HealthcareService",
        "id": "obstetrics-8",
        "type": [coded("424441002")],
        "location": [{"reference": "Location/barracas"}],
    },
    schedule("own-code", "Location/san-telmo", code="424441002"),
    schedule("general", "Location/san-telmo", code="394814009"),
    schedule("unsaid", "Location/san-telmo"),
    schedule("retired", "Location/san-telmo", code="424441002", active=False),
    schedule("by-service", "HealthcareService/obstetrics-8"),
    schedule("not-ours", "Location/elsewhere", code="424441002"),
    schedule("doctor-77", "Practitioner/77"),
]


@pytest.fixture
def client(engine: Engine, vault: Vault) -> FhirClient:
    fhir = FhirClient(IN_PROCESS_BASE, in_process_session(FhirServer(engine, vault)))
    fhir.transaction([update_entry(each) for each in RESOURCES], minimal=True)
    return fhir


@pytest.fixture
def names(client: FhirClient) -> FoundNames:
    return FoundNames(client, NAMES, range(1, 51))


def test_agendas_by_code_by_actor_and_by_the_map_file(names: FoundNames) -> None:
    assert names.schedules([15, 8, 21, 24], "prenatal") == {
        "Schedule/own-code": 15,
        "Schedule/by-service": 8,
        "Schedule/doctor-77": 24,
    }
    assert names.schedules([15], "pediatric") == {}


def test_places_by_identifier_and_by_the_map_file(names: FoundNames) -> None:
    found = {number: names.location_of(number) for number in (15, 8, 24, 21, 1)}
    assert found == {15: "Location/san-telmo", 8: "Location/barracas", 24: "Location/villa", 21: None, 1: None}


def test_slots_are_asked_for_both_ways(client: FhirClient, names: FoundNames) -> None:
    mine = [slot("a", "own-code"), slot("b", "unsaid", "424441002"), slot("c", "general", "424441002")]
    others = [slot("d", "unsaid", "394814009"), slot("e", "own-code", "394814009"), slot("f", "not-ours")]
    client.transaction([update_entry(each) for each in [*mine, *others]], minimal=True)

    found = [
        each
        for search in names.slot_searches([15], "prenatal")
        for each in client.search("Slot", search.params, strict=search.strict).matches
        if names.service_of(each) == "prenatal"
    ]

    assert sorted(each["id"] for each in found) == ["a", "b", "c"]
    assert {names.center_of(each) for each in found} == {15}


def test_what_appointments_say(names: FoundNames) -> None:
    def appointment(*actors: str, code: str | None = None) -> dict[str, Any]:
        said = {"serviceType": [coded(code)]} if code else {}
        return {
            "resourceType": "Appointment",
            "participant": [{"actor": {"reference": each}} for each in actors],
            **said,
        }

    at_desk = appointment("Patient/1", "HealthcareService/obstetrics-8")
    assert (names.center_of(at_desk), names.service_of(at_desk)) == (8, "prenatal")
    coded_one = appointment("Patient/1", "https://fhir.example/R4/Location/san-telmo", code="424441002")
    assert (names.center_of(coded_one), names.service_of(coded_one)) == (15, "prenatal")
    other = appointment("Location/elsewhere", code="394814009")
    assert (names.center_of(other), names.service_of(other)) == (None, None)


def test_what_is_written_carries_the_city_code_first(names: FoundNames) -> None:
    systems = [coding["system"] for coding in names.service_type("prenatal")["coding"]]
    assert systems == [SNOMED, "urn:latido:service"]


@contextmanager
def counted(resources: list[dict[str, Any]], broken: Callable[[], bool]) -> Iterator[tuple[FhirClient, list[Asked]]]:
    """A server that knows these resources by type alone, and how it was asked."""

    def behave(asked: Asked) -> Answer:
        if broken():
            return Answer(500)
        kind = asked.path.split("/")[2]
        entries = [{"resource": each} for each in resources if each["resourceType"] == kind]
        return Answer(200, {"resourceType": "Bundle", "type": "searchset", "entry": entries})

    with loopback(behave) as server:
        yield FhirClient(f"{server.url}/fhir", requests.Session()), server.asked


def test_the_map_is_kept_and_an_unknown_agenda_is_a_reason_to_look_again() -> None:
    now, stored = [0.0], [location("san-telmo", "15"), schedule("one", "Location/san-telmo", code="424441002")]
    with counted(stored, lambda: False) as (fhir, asked):
        names = FoundNames(fhir, NAMES, [15], lambda: now[0])
        names.schedules([15], "prenatal")
        asked_once = len(asked)
        stored.append(schedule("two", "Location/san-telmo", code="424441002"))
        assert names.center_of(slot("s", "two")) is None
        assert len(asked) == asked_once
        now[0] += SOONEST_SECONDS + 1
        assert names.center_of(slot("s", "two")) == 15
        assert len(asked) == 2 * asked_once
        now[0] += KEPT_SECONDS + 1
        names.schedules([15], "prenatal")
        assert len(asked) == 3 * asked_once


def test_while_the_server_is_down_the_last_map_serves() -> None:
    now, down = [0.0], [True]
    stored = [location("san-telmo", "15"), schedule("one", "Location/san-telmo", code="424441002")]
    with counted(stored, lambda: down[0]) as (fhir, _):
        names = FoundNames(fhir, NAMES, [15], lambda: now[0])
        with pytest.raises(Busy):
            names.schedules([15], "prenatal")
        down[0] = False
        assert names.schedules([15], "prenatal") == {"Schedule/one": 15}
        down[0] = True
        now[0] += KEPT_SECONDS + 1
        assert "Schedule/one" in names.schedules([15], "prenatal")
