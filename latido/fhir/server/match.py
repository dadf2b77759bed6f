"""`Patient/$match`: who may be the person described. Source: https://hl7.org/fhir/R4/patient-operation-match.html

Nobody is found by a name alone, and nobody is certain by a document number alone: see `match_rules.yml`. What was asked
stands in no link and no error.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from latido.crypto import Vault
from latido.fhir.resources import Resource
from latido.fhir.server.answers import FhirResponse, Refusal, json_response, refuse
from latido.fhir.server.definitions import definitions
from latido.fhir.server.match_rules import (
    Likeness,
    Weights,
    likeness,
    name_words,
    phones_of,
    plain_number,
    ranked,
    weights,
)
from latido.fhir.server.request import FhirRequest
from latido.fhir.server.search.page import matching
from latido.fhir.server.search.request import read_search
from latido.fhir.server.validation import faults

MATCH_GRADE = "http://hl7.org/fhir/StructureDefinition/match-grade"
MATCH_DEFINITION = "http://hl7.org/fhir/OperationDefinition/Patient-match"

MAX_CANDIDATES = 200
"""How many people one way of looking (by number, by phone, by birth date and name) brings at most."""

MAX_ANSWERS = 50

_WHOLE_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_SPECIAL = re.compile(r"([\\,|$])")


@dataclass(frozen=True)
class Question:
    """The person described, and how many answers are wanted."""

    patient: Resource
    only_certain: bool = False
    count: int = MAX_ANSWERS


def match_patient(connection: Connection, vault: Vault, request: FhirRequest) -> FhirResponse:
    """A searchset of those who may be the person, the likeliest first; empty when there is nobody."""
    question = read_question(request.json_body())
    found = _answers(connection, vault, question, weights())
    return json_response(200, _bundle(found, question, request.base_url))


def read_question(parameters: Resource) -> Question:
    """The question in a Parameters resource; 400 when it is none, 422 when its Patient is none."""
    if parameters.get("resourceType") != "Parameters" or not isinstance(parameters.get("parameter"), list):
        refuse(400, "structure", "$match takes a Parameters resource with a list of parameters", "Parameters.parameter")
    told: dict[str, Any] = {}
    for index, each in enumerate(parameters["parameter"]):
        place = f"Parameters.parameter[{index}]"
        name = each.get("name") if isinstance(each, dict) else None
        element = _ELEMENTS.get(name) if isinstance(name, str) else None
        if element is None or element not in each:
            refuse(400, "structure", f"must be one of {_WANTED}", place)
        if name in told:
            refuse(400, "duplicate", "is there twice", place)
        told[str(name)] = _checked(each[element], element, place)
    if "resource" not in told:
        refuse(400, "required", "$match needs the parameter resource", "Parameters.parameter")
    return Question(
        told["resource"], told.get("onlyCertainMatches", False), min(told.get("count", MAX_ANSWERS), MAX_ANSWERS)
    )


_ELEMENTS = {"resource": "resource", "onlyCertainMatches": "valueBoolean", "count": "valueInteger"}
_WANTED = "resource with a Patient, onlyCertainMatches with valueBoolean, count with valueInteger"


def _checked(value: Any, element: str, place: str) -> Any:
    if element == "resource":
        _check_patient(value, f"{place}.resource")
    elif element == "valueBoolean" and type(value) is not bool:
        refuse(400, "value", "is not a valid boolean", f"{place}.{element}")
    elif element == "valueInteger" and (type(value) is not int or value < 1):
        refuse(400, "value", "is a number from 1 up", f"{place}.{element}")
    return value


def _check_patient(value: Any, place: str) -> None:
    if not isinstance(value, dict) or value.get("resourceType") != "Patient":
        refuse(400, "structure", "must be a Patient", place)
    wrong = faults(value, definitions()["Patient"])
    if wrong:
        raise Refusal(422, [fault.under(place) for fault in wrong[:20]])
    if not any(True for _ in _ways(value, weights())):
        text = "needs an identifier with its system, a phone, or a name with the day of birth"
        refuse(422, "required", text, place)


def _answers(connection: Connection, vault: Vault, question: Question, by: Weights) -> list[tuple[Resource, Likeness]]:
    candidates: dict[str, Resource] = {}
    for way in _ways(question.patient, by):
        search = read_search(definitions()["Patient"], way, strict=True)
        for each in matching(connection, vault, search, MAX_CANDIDATES):
            candidates.setdefault(each.id, each.resource)
    living = [each for each in candidates.values() if not _replaced(each)]
    found = ranked([(each, likeness(question.patient, each, by)) for each in living])
    return [pair for pair in found if pair[1].grade == "certain" or not question.only_certain]


def _replaced(patient: Resource) -> bool:
    """Whether another record stands for this one."""
    return any(link.get("type") == "replaced-by" for link in patient.get("link", []))


def _ways(patient: Resource, by: Weights) -> Iterator[list[tuple[str, str]]]:
    """The searches that bring those who may be this person."""
    numbers = sorted(set(_spellings(patient, by)))
    if numbers:
        yield [("identifier", ",".join(numbers))]
    phones = {each["value"] for each in patient.get("telecom", []) if each.get("system") == "phone" and "value" in each}
    phones |= {f"+{number}" for number in phones_of(patient)} | {
        f"+549{number[2:]}" for number in phones_of(patient) if number.startswith("54")
    }
    if phones:
        yield [("phone", ",".join(_escaped(each) for each in sorted(phones)))]
    words = name_words(patient, "family") | name_words(patient, "given")
    if words and _WHOLE_DAY.fullmatch(patient.get("birthDate", "")):
        yield [("birthdate", patient["birthDate"]), ("name", ",".join(sorted(words)))]


def _spellings(patient: Resource, by: Weights) -> Iterator[str]:
    """Each identifier as a token, in every system that is equal, as written and as a plain number."""
    for each in patient.get("identifier", []):
        if "system" in each and "value" in each:
            group = by.systems_like(each["system"])
            values = {each["value"], plain_number(each["value"])} if len(group) > 1 else {each["value"]}
            yield from (f"{_escaped(system)}|{_escaped(value)}" for system in group for value in values)


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)


def _bundle(found: list[tuple[Resource, Likeness]], question: Question, base_url: str) -> Resource:
    bundle: Resource = {"resourceType": "Bundle", "type": "searchset", "total": len(found)}
    bundle["link"] = [{"relation": "self", "url": f"{base_url}/Patient/$match"}]
    entries = [_entry(patient, how, base_url) for patient, how in found[: question.count]]
    return bundle | ({"entry": entries} if entries else {})


def _entry(patient: Resource, how: Likeness, base_url: str) -> Resource:
    grade = {"url": MATCH_GRADE, "valueCode": how.grade}
    search = {"extension": [grade], "mode": "match", "score": how.score}
    return {"fullUrl": f"{base_url}/Patient/{patient['id']}", "resource": patient, "search": search}
