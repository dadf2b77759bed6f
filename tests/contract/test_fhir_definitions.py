"""Our tables of elements and every resource we emit, judged by FHIR's own JSON schema for R4; skipped without it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from latido.crypto import Vault
from latido.fhir.server import FhirServer
from latido.fhir.server.definitions import Table, datatypes, definitions
from latido.fhir.server.validation import faults

from ..integration.fhir.conftest import appointment, center, patient, slot
from ..unit.fhir.examples import EXAMPLES, example
from ..unit.fhir.mutations import mutations
from . import fhir_judge

# Elements that are the schema publisher's own, beside R4's.
NOT_R4 = {"Reference": {"resource"}, "Meta": {"account", "author", "compartment", "project"}}
# R4's definitions make these plain elements; its JSON schema gives them the `modifierExtension` of backbone elements.
PLAIN = {"Timing_Repeat", "Dosage_DoseAndRate", "DataRequirement_CodeFilter", "DataRequirement_DateFilter"} | {
    "DataRequirement_Sort"
}


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    found = fhir_judge.schema()
    if found is None:
        pytest.skip(fhir_judge.MISSING)
    return found


@pytest.fixture
def server(engine: Any, vault: Vault) -> FhirServer:
    return FhirServer(engine, vault)


def tables_below(name: str, table: Table) -> list[tuple[str, Table]]:
    """A table with those of its backbone elements, by the names the schema has for them."""
    found = [(name, table)]
    root = name.split("_")[0]
    for element in table.elements:
        if element.table:
            found += tables_below(f"{root}_{element.name[0].upper()}{element.name[1:]}", element.table)
    return found


def every_table() -> list[tuple[str, Table]]:
    ours = {each.name: each.table for each in definitions().values()} | dict(datatypes())
    return [pair for name, table in ours.items() for pair in tables_below(name, table)]


@pytest.mark.parametrize(("name", "table"), every_table(), ids=lambda each: each if isinstance(each, str) else "")
def test_our_elements_are_those_of_r4(schema: dict[str, Any], name: str, table: Table):
    theirs = schema["definitions"][name]
    names = {each for each in theirs["properties"] if not each.startswith("_")} - {"resourceType"}
    expected = names - NOT_R4.get(name, set()) - ({"modifierExtension"} if name in PLAIN else set())
    assert set(table.properties) == expected
    assert set(theirs.get("required", [])) - {"resourceType"} <= {each.name for each in table.elements if each.minimum}
    for element in table.elements:
        described = theirs["properties"].get(element.name)
        if described:
            assert (described.get("type") == "array") == element.repeats, element.name
            codes = described.get("enum") or described.get("items", {}).get("enum")
            assert codes is None or (element.value_set and set(codes) == set(element.value_set.codes)), element.name


@pytest.mark.parametrize("kind", sorted(EXAMPLES))
def test_our_examples_are_r4(schema: dict[str, Any], kind: str):
    fhir_judge.judge(example(kind))


@pytest.mark.parametrize("seed", range(100, 104))
def test_what_ours_takes_the_schema_takes(schema: dict[str, Any], seed: int):
    taken = [each for each in mutations(seed, 1500) if not faults(each, definitions()[each["resourceType"]])]
    assert len(taken) > 20
    for each in taken:
        fhir_judge.judge(each)


def test_everything_the_server_says_is_r4(schema: dict[str, Any], server: FhirServer):
    def call(method: str, path: str, query: str = "", body: Any = None) -> dict[str, Any]:
        answer = server.handle(method, path, query, {}, json.dumps(body).encode() if body else b"")
        return json.loads(answer.body)

    resources = [
        *center(15, -34.6195, -58.3712),
        slot("s1", status="busy"),
        slot("s2", index=1),
        slot("s3", index=2),
        patient(),
        appointment("s1") | {"id": "a1"},
    ]
    entries = [
        {"resource": each, "request": {"method": "PUT", "url": f"{each['resourceType']}/{each['id']}"}}
        for each in resources
    ]
    match = {"name": "resource", "resource": patient() | {"birthDate": "1996-02-03"}}
    batch = [
        {"request": {"method": "GET", "url": "Slot?status=free&_count=1"}},
        {"request": {"method": "GET", "url": "Patient/none"}},
    ]
    answers = {
        "transaction": call("POST", "/", body={"resourceType": "Bundle", "type": "transaction", "entry": entries}),
        "batch": call("POST", "/", body={"resourceType": "Bundle", "type": "batch", "entry": batch}),
        "metadata": call("GET", "/metadata"),
        "include": call("GET", "/Slot", "status=free&_include=Slot:schedule&_count=1"),
        "near": call("GET", "/Location", "near=-34.6|-58.4"),
        "person": call("GET", "/Patient", "identifier=30111222"),
        "read": call("GET", "/Appointment/a1"),
        "history": call("GET", "/Appointment/a1/_history"),
        "match": call("POST", "/Patient/$match", body={"resourceType": "Parameters", "parameter": [match]}),
        "nobody": call("GET", "/Appointment/none"),
        "refused": call("POST", "/Slot", body={"resourceType": "Slot", "x": 1}),
    }
    assert {name: each["resourceType"] for name, each in answers.items()} == {
        "transaction": "Bundle",
        "batch": "Bundle",
        "metadata": "CapabilityStatement",
        "include": "Bundle",
        "near": "Bundle",
        "person": "Bundle",
        "read": "Appointment",
        "history": "Bundle",
        "match": "Bundle",
        "nobody": "OperationOutcome",
        "refused": "OperationOutcome",
    }
    assert answers["match"]["entry"][0]["search"]["score"] > 0
    for each in answers.values():
        fhir_judge.judge(each)
