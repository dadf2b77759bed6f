"""Patient/$match: the likeliest first, with a score and a grade; nobody certain by a document number alone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import Engine

from latido.crypto import Vault
from latido.fhir.client import FhirClient
from latido.fhir.server import FhirServer

DNI, SAME_DNI = "http://www.renaper.gob.ar/dni", "http://renaper.gob.ar/dni"
GRADE = "http://hl7.org/fhir/StructureDefinition/match-grade"


def person(identity: str, dni: str, born: str, family: str, given: str, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "id": identity,
        "identifier": [{"system": DNI, "value": dni}],
        "birthDate": born,
        "name": [{"family": family, "given": [given]}],
        "telecom": [{"system": "phone", "value": "+5491155556666"}],
    } | more


@pytest.fixture
def people(client: FhirClient) -> FhirClient:
    client.update(person("marisol", "30111222", "1996-02-03", "Quispe Ñandú", "Marisol"))
    client.update(person("other-dni", "28999888", "1996-02-03", "Quispe", "Marisol"))
    client.update(person("juana", "31000111", "1990-05-05", "Pérez", "Juana"))
    return client


def ask(server: FhirServer, patient: Any, **parameters: Any) -> tuple[int, dict[str, Any]]:
    listed = [{"name": "resource", "resource": patient}]
    listed += [
        {"name": name, "valueBoolean" if isinstance(value, bool) else "valueInteger": value}
        for name, value in parameters.items()
    ]
    return post(server, {"resourceType": "Parameters", "parameter": listed})


def post(server: FhirServer, body: Any) -> tuple[int, dict[str, Any]]:
    answer = server.handle("POST", "/Patient/$match", "", {}, json.dumps(body).encode())
    return answer.status, json.loads(answer.body)


def described(**told: Any) -> dict[str, Any]:
    return {"resourceType": "Patient"} | told


def answers(bundle: dict[str, Any]) -> list[tuple[str, str]]:
    return [(each["resource"]["id"], each["search"]["extension"][0]["valueCode"]) for each in bundle.get("entry", [])]


def test_number_and_birth_date_are_certain(people: FhirClient, server: FhirServer):
    asked = described(identifier=[{"system": SAME_DNI, "value": "30.111.222"}], birthDate="1996-02-03")
    status, found = ask(server, asked, onlyCertainMatches=True, count=1)
    assert status == 200
    assert (found["resourceType"], found["type"], found["total"]) == ("Bundle", "searchset", 1)
    assert answers(found) == [("marisol", "certain")]
    search = found["entry"][0]["search"]
    assert search == {"extension": [{"url": GRADE, "valueCode": "certain"}], "mode": "match", "score": 0.85}
    assert found["link"][0]["url"].endswith("/Patient/$match")


def test_a_number_alone_is_not(people: FhirClient, server: FhirServer):
    asked = described(identifier=[{"system": DNI, "value": "30111222"}])
    assert answers(ask(server, asked)[1]) == [("marisol", "probable")]
    status, found = ask(server, asked, onlyCertainMatches=True)
    assert (status, found["total"], "entry" in found) == (200, 0, False)


def test_birth_date_and_name_bring_the_possible_ones(people: FhirClient, server: FhirServer):
    asked = described(birthDate="1996-02-03", name=[{"family": "QUISPE", "given": ["marisol"]}])
    assert answers(ask(server, asked)[1]) == [("marisol", "possible"), ("other-dni", "possible")]
    assert len(ask(server, asked, count=1)[1]["entry"]) == 1
    with_phone = asked | {"telecom": [{"system": "phone", "value": "011 15-5555-6666"}]}
    assert {grade for _, grade in answers(ask(server, with_phone)[1])} == {"probable"}


def test_two_people_with_one_number_are_for_a_person_to_tell(people: FhirClient, server: FhirServer):
    people.update(person("twin", "30111222", "1996-02-03", "Quispe", "Marisol"))
    asked = described(identifier=[{"system": DNI, "value": "30111222"}], birthDate="1996-02-03")
    assert answers(ask(server, asked)[1]) == [("marisol", "probable"), ("twin", "probable")]
    assert ask(server, asked, onlyCertainMatches=True)[1]["total"] == 0


def test_a_record_that_another_replaces_is_left_out(people: FhirClient, server: FhirServer):
    link = [{"other": {"reference": "Patient/marisol"}, "type": "replaced-by"}]
    people.update(person("old", "30111222", "1996-02-03", "Quispe", "Marisol", link=link))
    asked = described(identifier=[{"system": DNI, "value": "30111222"}], birthDate="1996-02-03")
    assert answers(ask(server, asked)[1]) == [("marisol", "certain")]


def test_nobody(people: FhirClient, server: FhirServer):
    status, found = ask(server, described(identifier=[{"system": DNI, "value": "1"}]))
    assert status == 200
    assert found == {"resourceType": "Bundle", "type": "searchset", "total": 0, "link": found["link"]}


SECRET = "30111222"
GOOD = {"name": "resource", "resource": described(identifier=[{"system": DNI, "value": SECRET}])}


@pytest.mark.parametrize(
    ("body", "status", "place"),
    [
        (GOOD["resource"], 400, "Parameters.parameter"),
        ({"resourceType": "Parameters"}, 400, "Parameters.parameter"),
        ({"resourceType": "Parameters", "parameter": []}, 400, "Parameters.parameter"),
        ({"resourceType": "Parameters", "parameter": [SECRET]}, 400, "Parameters.parameter[0]"),
        ({"resourceType": "Parameters", "parameter": [GOOD, GOOD]}, 400, "Parameters.parameter[1]"),
        ({"resourceType": "Parameters", "parameter": [GOOD, {"name": SECRET}]}, 400, "Parameters.parameter[1]"),
        (
            {"resourceType": "Parameters", "parameter": [GOOD, {"name": "count", "valueInteger": 0}]},
            400,
            "Parameters.parameter[1].valueInteger",
        ),
        (
            {"resourceType": "Parameters", "parameter": [GOOD, {"name": "onlyCertainMatches", "valueBoolean": SECRET}]},
            400,
            "Parameters.parameter[1].valueBoolean",
        ),
        (
            {"resourceType": "Parameters", "parameter": [{"name": "resource", "resource": {"resourceType": "Slot"}}]},
            400,
            "Parameters.parameter[0].resource",
        ),
        (
            {
                "resourceType": "Parameters",
                "parameter": [{"name": "resource", "resource": described(birthDate=SECRET)}],
            },
            422,
            "Parameters.parameter[0].resource.Patient.birthDate",
        ),
        (
            {
                "resourceType": "Parameters",
                "parameter": [{"name": "resource", "resource": described(name=[{"family": SECRET}])}],
            },
            422,
            "Parameters.parameter[0].resource",
        ),
    ],
)
def test_what_is_no_question(server: FhirServer, body: Any, status: int, place: str):
    found_status, outcome = post(server, body)
    assert found_status == status
    assert outcome["resourceType"] == "OperationOutcome"
    assert outcome["issue"][0]["expression"] == [place]
    assert SECRET not in json.dumps(outcome)


def test_signs_with_a_meaning_in_searches_are_only_signs(people: FhirClient, server: FhirServer):
    for value in ("30111222,28999888", "|", "30111222\\", "$"):
        asked = described(identifier=[{"system": "urn:x", "value": value}])
        assert ask(server, asked)[1]["total"] == 0


def test_it_is_listed_and_takes_only_post(server: FhirServer, engine: Engine, vault: Vault):
    statement = json.loads(server.handle("GET", "/metadata", "", {}, b"").body)
    patient = next(each for each in statement["rest"][0]["resource"] if each["type"] == "Patient")
    definition = "http://hl7.org/fhir/OperationDefinition/Patient-match"
    assert patient["operation"] == [{"name": "match", "definition": definition}]
    assert server.handle("GET", "/Patient/$match", "", {}, b"").status == 405
