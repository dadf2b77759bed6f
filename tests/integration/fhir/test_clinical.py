"""The clinical resources: stored, found by the parameters the job uses, refused with the place, unreadable at rest."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine, text

from latido.fhir.client import FhirClient
from latido.fhir.errors import Refused
from latido.fhir.server.definitions import definitions

from ...unit.fhir.examples import EXAMPLES, SEARCHES, WORDS, example, pairs


@pytest.mark.parametrize("kind", sorted(EXAMPLES))
def test_stored_read_and_found_by_its_identifier(client: FhirClient, kind: str):
    stored = client.create(example(kind))
    assert client.read(kind, stored["id"]) == stored
    bare = {name: value for name, value in stored.items() if name not in ("id", "meta")}
    assert bare == example(kind)
    key = EXAMPLES[kind]["identifier"][0]
    again = client.create(example(kind), if_none_exist=f"identifier={key['system']}|{key['value']}")
    assert again["id"] == stored["id"]
    changed = client.update(stored | {"language": "es-AR"}, if_match="1")
    assert client.read(kind, stored["id"], "1")["meta"]["versionId"] == "1"
    assert client.search(kind, [("_id", stored["id"])]).matches == [changed]


@pytest.mark.parametrize(("kind", "hit", "miss"), SEARCHES)
def test_found_by_what_the_job_asks(client: FhirClient, kind: str, hit: str, miss: str):
    stored = client.create(example(kind))
    assert [each["id"] for each in client.search(kind, pairs(hit)).matches] == [stored["id"]]
    assert client.search(kind, pairs(miss)).matches == []


def test_every_type_is_tried():
    assert {kind for kind, _, _ in SEARCHES} == set(EXAMPLES)


@pytest.mark.parametrize(
    ("kind", "changes", "place"),
    [
        ("Condition", {"abatementDateTime": "2026-11-20"}, "Condition.abatement"),
        ("CarePlan", {"intent": "deseo"}, "CarePlan.intent"),
        ("Immunization", {"protocolApplied": [{"series": "x"}]}, "Immunization.protocolApplied[0].doseNumber"),
        ("Consent", {"policyRule": ...}, "Consent"),
    ],
)
def test_refused_with_the_place(client: FhirClient, kind: str, changes: dict[str, Any], place: str):
    with pytest.raises(Refused, match=place.replace("[", r"\[").replace("]", r"\]")):
        client.create(example(kind, **changes))
    assert client.search(kind).matches == []


@pytest.mark.parametrize(
    ("kind", "query"),
    [
        ("Patient", "birthdate=ge1996-01-01"),
        ("Patient", "birthdate=1996"),
        ("Patient", "birthdate=1996-02-31"),
        ("Patient", "name:contains=quis"),
        ("Patient", "family=,"),
        ("Condition", "onset-date=2026-06"),
    ],
)
def test_what_a_sealed_index_cannot_find_is_refused_not_ignored(client: FhirClient, kind: str, query: str):
    with pytest.raises(Refused):
        client.search(kind, pairs(query), post=True)


def test_a_sealed_element_sorts_nothing(client: FhirClient):
    with pytest.raises(Refused):
        client.search("Patient", [("_sort", "birthdate")])


def everything_in(engine: Engine) -> str:
    tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
    with engine.connect() as connection:
        names = list(connection.scalars(text(tables)))
        rows = [row for name in names for row in connection.scalars(text(f'SELECT t::text FROM "{name}" t'))]
    return "\n".join(rows).lower()


def test_nothing_clinical_is_readable_at_rest(client: FhirClient, engine: Engine):
    told = str(EXAMPLES).lower()
    assert all(word.lower() in told for word in WORDS)
    stored = [client.create(example(kind)) for kind in EXAMPLES]
    for each in stored:
        client.update(each | {"language": "es-AR"})
    dump = everything_in(engine)
    assert all(each["id"] in dump for each in stored)
    for word in (*WORDS, "1996-02-03", "2026-06-20", "5491155556666"):
        for form in (word, word.encode().hex(), word[::-1]):
            assert form.lower() not in dump, word


def test_all_that_holds_a_person_or_a_finding_is_sealed():
    open_to_read = {name for name, each in definitions().items() if not each.sealed}
    assert open_to_read == {"HealthcareService", "Location", "Organization", "Schedule", "Slot"}
