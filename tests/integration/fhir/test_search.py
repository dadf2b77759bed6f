"""Searches: parameters, prefixes, chains, includes, order, pages, near."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from latido.fhir.client import FhirClient
from latido.fhir.errors import Refused
from latido.fhir.server import FhirServer

from .conftest import appointment, patient
from .test_interactions import call


def ids(client: FhirClient, kind: str, *params: tuple[str, str]) -> list[str]:
    return [each["id"] for each in client.search(kind, params).matches]


FREE = [f"s{index}" for index in range(8)]


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ([("status", "free"), ("schedule", "Schedule/cesac-15-prenatal")], FREE),
        ([("status", "http://hl7.org/fhir/slotstatus|busy")], ["busy"]),
        ([("status", "http://example.org|busy")], []),
        ([("status", "busy,busy-tentative")], ["busy"]),
        ([("status:not", "free")], ["busy"]),
        ([("schedule", "cesac-41-prenatal")], ["other"]),
        ([("schedule:Schedule", "cesac-41-prenatal")], ["other"]),
        ([("schedule", "Schedule/cesac-41-prenatal,Schedule/none")], ["other"]),
        ([("schedule.actor", "HealthcareService/cesac-41-prenatal")], ["other"]),
        ([("schedule.actor:Location", "cesac-41")], ["other"]),
        ([("schedule.actor:HealthcareService.location", "Location/cesac-41")], ["other"]),
        ([("schedule.actor:HealthcareService.location.near", "-34.6388|-58.3593|100|m")], ["other"]),
        ([("service-type", "urn:latido:service|pediatric")], []),
        ([("schedule.service-type", "urn:latido:service|prenatal"), ("status", "busy")], ["busy"]),
        ([("_id", "s3,s5,none")], ["s3", "s5"]),
        (
            [
                ("start", "ge2026-11-26T13:30:00Z"),
                ("start", "lt2026-11-26T11:30:00-03:00"),
                ("status", "free"),
                ("schedule", "Schedule/cesac-15-prenatal"),
            ],
            ["s2", "s3"],
        ),
        ([("start", "gt2026-11-26T15:30:00Z")], ["s7", "busy"]),
        ([("start", "2026-11-26T13:00:00Z")], ["s1", "other"]),
        ([("start", "2026-11-26"), ("status", "busy")], ["busy"]),
        ([("start", "eb2026-11-26")], []),
        ([("start", "ne2026")], []),
        ([("start:missing", "true")], []),
        ([("identifier:missing", "true"), ("status", "busy")], ["busy"]),
        ([("start", "ge2026-11-26T16:30:00 00:00"), ("status", "busy")], ["busy"]),
        ([("_lastUpdated", "gt2099")], []),
    ],
)
def test_slots(agenda: FhirClient, params, expected):
    assert ids(agenda, "Slot", *params, ("_sort", "start,_id")) == sorted(expected, key=_by_start)


def _by_start(name: str) -> tuple[float, str]:
    return {"busy": 8.0, "other": 1.0}.get(name, float(name[1:]) if name[0] == "s" else 0), name


def test_the_day_of_a_date_is_that_of_buenos_aires(agenda: FhirClient):
    late = agenda.read("Slot", "s7") | {"start": "2026-11-27T02:30:00Z", "end": "2026-11-27T03:00:00Z"}
    agenda.update(late)
    assert "s7" in ids(agenda, "Slot", ("start", "2026-11-26"))
    assert "s7" not in ids(agenda, "Slot", ("start", "ge2026-11-27"))


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ([("status", "booked")], ["a1"]),
        ([("patient", "Patient/p1")], ["a1"]),
        ([("patient", "Location/cesac-15")], []),
        ([("actor", "Location/cesac-15")], ["a1"]),
        ([("location", "cesac-15")], ["a1"]),
        ([("slot", "Slot/s1")], ["a1"]),
        ([("date", "ge2026-11-26"), ("date", "lt2026-11-27")], ["a1"]),
        ([("identifier", "urn:latido:booking|SM1:book")], ["a1"]),
        ([("identifier", "SM1:book")], ["a1"]),
        ([("identifier", "urn:latido:booking|")], ["a1"]),
        ([("identifier", "|SM1:book")], []),
        ([("identifier", "x|y,urn:latido:booking|SM1:book")], ["a1"]),
        ([("part-status", "accepted")], ["a1"]),
        ([("slot.schedule", "Schedule/cesac-15-prenatal")], ["a1"]),
        ([("patient.identifier", "urn:latido:resident|abc123:self")], ["a1"]),
        ([("patient.identifier", "urn:latido:resident|nobody")], []),
        ([("actor:Patient.identifier", "30111222")], ["a1"]),
    ],
)
def test_appointments(agenda: FhirClient, params, expected):
    agenda.update(patient())
    agenda.update(appointment("s1") | {"id": "a1"})
    assert ids(agenda, "Appointment", *params) == expected


@pytest.mark.parametrize(
    ("kind", "params", "expected"),
    [
        ("Schedule", [("actor", "Location/cesac-41")], ["cesac-41-prenatal"]),
        ("Schedule", [("date", "2026-12-01"), ("actor", "Location/cesac-41")], []),
        ("Schedule", [("date", "ge2026-12-01"), ("actor", "Location/cesac-41")], ["cesac-41-prenatal"]),
        ("HealthcareService", [("location", "Location/cesac-15"), ("active", "true")], ["cesac-15-prenatal"]),
        (
            "HealthcareService",
            [("service-type", "prenatal"), ("identifier", "urn:latido:center|41")],
            ["cesac-41-prenatal"],
        ),
        ("HealthcareService", [("active", "false")], []),
        ("Location", [("identifier", "urn:latido:center|15")], ["cesac-15"]),
        ("Location", [("name", "cesac n° 41")], ["cesac-41"]),
        ("Location", [("name:contains", "41")], ["cesac-41"]),
        ("Location", [("name:exact", "cesac")], []),
        ("Location", [("name", "%")], []),
    ],
)
def test_places_and_services(agenda: FhirClient, kind, params, expected):
    assert ids(agenda, kind, *params) == expected


def test_near_sorts_by_true_distance_and_tells_it(agenda: FhirClient):
    # North-east of both: by longitude alone CeSAC 41 would be nearer.
    page = agenda.search("Location", [("near", "-34.61|-58.36|10|km"), ("status", "active")])
    assert [each["id"] for each in page.matches] == ["cesac-15", "cesac-41"]
    assert page.entries[0].distance_m == pytest.approx(1474, abs=5)
    assert page.entries[1].distance_m == pytest.approx(3203, abs=5)


@pytest.mark.parametrize(
    ("near", "expected"),
    [
        ("-34.61|-58.36|2|km", ["cesac-15"]),
        ("-34.61|-58.36|2000|m", ["cesac-15"]),
        ("-34.61|-58.36|2", ["cesac-15"]),
        ("-34.61|-58.36|1", []),
        ("-34.61|-58.36", ["cesac-15", "cesac-41"]),
        ("34|121|30000", ["cesac-41", "cesac-15"]),
    ],
)
def test_near_keeps_to_its_distance(agenda: FhirClient, near, expected):
    found = ids(agenda, "Location", ("near", near))
    assert sorted(found) == sorted(expected)


def test_includes(agenda: FhirClient):
    page = agenda.search(
        "Slot",
        [
            ("_id", "s1,s2"),
            ("_include", "Slot:schedule"),
            ("_include:iterate", "Schedule:actor"),
            ("_include:iterate", "HealthcareService:location"),
        ],
    )
    assert sorted(f"{each['resourceType']}/{each['id']}" for each in page.included) == [
        "HealthcareService/cesac-15-prenatal",
        "Location/cesac-15",
        "Schedule/cesac-15-prenatal",
    ]
    assert page.resolve(page.matches[0]["schedule"])["id"] == "cesac-15-prenatal"


def test_include_of_an_appointment(agenda: FhirClient):
    agenda.update(patient())
    agenda.update(appointment("s1") | {"id": "a1"})
    page = agenda.search(
        "Appointment",
        [("_include", "Appointment:slot"), ("_include", "Appointment:patient"), ("_include", "Appointment:location")],
    )
    assert sorted(each["id"] for each in page.included) == ["cesac-15", "p1", "s1"]
    only = agenda.search("Appointment", [("_include", "Appointment:actor:Location")])
    assert [each["id"] for each in only.included] == ["cesac-15"]


def test_revinclude(agenda: FhirClient):
    agenda.update(appointment("s1") | {"id": "a1"})
    page = agenda.search("Slot", [("_id", "s1"), ("_revinclude", "Appointment:slot")])
    assert [each["id"] for each in page.included] == ["a1"]


def test_pages_bring_everything_once(agenda: FhirClient):
    pages = list(
        agenda.search_all("Slot", [("status", "free"), ("_sort", "-start"), ("_count", "4"), ("_total", "accurate")])
    )
    assert [len(page.matches) for page in pages] == [4, 4, 1]
    found = [each["id"] for page in pages for each in page.matches]
    assert len(set(found)) == 9
    starts = [each["start"] for page in pages for each in page.matches]
    assert starts == sorted(starts, reverse=True)
    assert pages[-1].total == 9
    assert pages[-1].next_link is None


def test_count_and_totals(agenda: FhirClient):
    for params in ([("_summary", "count")], [("_count", "0")]):
        page = agenda.search("Slot", [*params, ("status", "free")])
        assert (page.total, page.matches) == (9, [])
    assert agenda.search("Slot", [("_count", "2")]).total is None
    assert agenda.search("Slot", [("_count", "2"), ("_total", "accurate")]).total == 10


def test_the_self_link_shows_what_was_honoured(agenda: FhirClient, server: FhirServer):
    page = agenda.search("Slot", [("status", "free"), ("end", "ge2026"), ("_elements", "id")], strict=False)
    assert page.honoured("status")
    assert not page.honoured("end")
    assert not page.honoured("_elements")
    assert len(page.matches) == 9


@pytest.mark.parametrize(
    "parameter",
    [
        ("end", "ge2026"),
        ("actor", "x"),
        ("_sort", "comment"),
        ("_include", "Slot:actor"),
        ("schedule.nothing", "x"),
        ("schedule.actor:Practitioner.name", "x"),
        ("_has:Appointment:slot:color", "booked"),
        ("_has:Appointment:patient:status", "booked"),
        ("_has:Medication:slot:status", "booked"),
        ("_has:Appointment:slot", "booked"),
        ("_summary", "text"),
    ],
)
def test_strict_handling_refuses_what_it_does_not_know(agenda: FhirClient, parameter):
    with pytest.raises(Refused) as caught:
        agenda.search("Slot", [parameter])
    assert caught.value.status == 400
    assert not agenda.search("Slot", [parameter], strict=False).honoured(parameter[0])


@pytest.mark.parametrize(
    ("kind", "query"),
    [
        ("Slot", "start=tomorrow"),
        ("Slot", "start=ge2026-13-01"),
        ("Slot", "start=ap2026"),
        ("Slot", "_count=-1"),
        ("Slot", "_count=many"),
        ("Slot", "status:exact=free"),
        ("Slot", "schedule:Patient=x"),
        ("Slot", "status=%00"),
        ("Slot", "status=%ff"),
        ("Slot", "start:missing=perhaps"),
        ("Location", "near=here"),
        ("Location", "near=-34|-58|1|parsec"),
        ("Location", "near=-134|-58"),
        ("Location", "near=1|2,3|4"),
        ("Slot", "&".join(["status=free"] * 200)),
    ],
)
def test_what_cannot_be_read_is_refused_even_when_lenient(server: FhirServer, kind, query):
    answer, outcome = call(server, "GET", f"/{kind}", query=query)
    assert answer.status == 400
    assert outcome["resourceType"] == "OperationOutcome"


def test_post_search_is_the_same_search(agenda: FhirClient):
    params = [("status", "free"), ("schedule", "Schedule/cesac-41-prenatal")]
    assert agenda.search("Slot", params, post=True).matches == agenda.search("Slot", params).matches


def test_post_search_wants_a_form(server: FhirServer):
    answer, _ = call(server, "POST", "/Slot/_search", {"status": "free"}, content_type="application/json")
    assert answer.status == 415


def _query(link: str | None) -> dict[str, Any]:
    return dict(parse_qsl(urlsplit(link or "").query))


def test_links_of_a_search_for_a_person_hold_no_value(client: FhirClient):
    for number in range(3):
        client.update(patient(f"p{number}", dni=f"3011122{number}"))
    wanted = ",".join(f"http://www.renaper.gob.ar/dni|3011122{number}" for number in range(3))
    page = client.search("Patient", [("identifier", wanted), ("_count", "2")])
    assert page.honoured("identifier")
    assert _query(page.self_link)["identifier"] == "***"
    assert _query(page.next_link).keys() == {"_page"}
    assert "30111" not in f"{page.self_link}{page.next_link}"
    following = client.next_page(page)
    assert [each["id"] for each in following.matches] == ["p2"]


def test_a_forged_page_token_is_refused(client: FhirClient):
    with pytest.raises(Refused):
        client.search("Patient", [("_page", "Zm9yZ2Vk")])


def test_has_finds_what_is_referred_to(agenda: FhirClient):
    agenda.update(patient())
    agenda.update(appointment("s1", key="a") | {"id": "a"})
    agenda.create(appointment("s2", key="b", status="cancelled", patient="p2"))

    def found(kind: str, *params: tuple[str, str]) -> list[str]:
        return [each["id"] for each in agenda.search(kind, [*params, ("_sort", "_id")]).matches]

    assert found("Slot", ("_has:Appointment:slot:status", "booked")) == ["s1"]
    assert found("Slot", ("_has:Appointment:slot:status", "booked,cancelled")) == ["s1", "s2"]
    assert found("Slot", ("_has:Appointment:slot:patient.identifier", "urn:latido:resident|abc123:self")) == ["s1"]
    assert found("Slot", ("_has:Appointment:slot:date", "ge2026-11-26"), ("status", "free")) == ["s1", "s2"]
    assert found("Patient", ("_has:Appointment:patient:slot", "Slot/s1")) == ["p1"]
    assert found("Schedule", ("_has:Slot:schedule:_has:Appointment:slot:_id", "a")) == ["cesac-15-prenatal"]
    assert found("Slot", ("_has:Appointment:slot:status", "noshow")) == []


def test_has_shows_nobody_in_a_link(agenda: FhirClient):
    agenda.update(patient())
    agenda.update(appointment("s1", key="a") | {"id": "a"})
    name = "_has:Appointment:slot:patient.identifier"
    page = agenda.search("Slot", [(name, "urn:latido:resident|abc123:self"), ("_count", "1")])
    assert [each["id"] for each in page.matches] == ["s1"]
    assert page.honoured(name)
    assert "abc123" not in str(page.self_link)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        # The actor of a Schedule may be of several types that have a name or an identifier.
        ("schedule.actor.name=cesac", 10),
        ("schedule.actor.identifier=urn:latido:center|41", 1),
        ("schedule.actor.identifier=urn:latido:center|41,urn:latido:center|15&status=free", 9),
        ("schedule.actor.name=hospital", 0),
        ("service-type:not=prenatal", 0),
        ("service-type:not=pediatrics", 10),
        ("service-type:missing=true", 0),
        ("appointment-type:missing=true&status:not=free", 1),
        ("schedule:missing=true", 0),
        ("schedule.actor:Location.status:missing=false", 10),
    ],
)
def test_alternatives_and_what_is_not_there(agenda: FhirClient, server: FhirServer, query: str, expected: int):
    answer, body = call(server, "GET", "/Slot", query=f"{query}&_total=accurate")
    assert (answer.status, body["total"], len(body.get("entry", []))) == (200, expected, expected)
