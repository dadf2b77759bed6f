"""What the definitions promise to each other."""

from __future__ import annotations

import pytest

from latido.crypto import Vault
from latido.fhir.server.definitions import datatypes, definitions
from latido.fhir.server.indexing import index_entries
from latido.fhir.server.invariants import INVARIANTS, OF_TYPES

from .examples import EXAMPLES, example

SEALED = sorted(name for name, each in definitions().items() if each.sealed)

# When something was or will be done; what is itself a fact about somebody is a `day`, found by its hash only.
READABLE_DATES = {
    ("Appointment", "date"),
    ("CarePlan", "activity-date"),
    ("CarePlan", "date"),
    ("Communication", "received"),
    ("Communication", "sent"),
    ("CommunicationRequest", "authored"),
    ("CommunicationRequest", "occurrence"),
    ("Condition", "recorded-date"),
    ("Consent", "date"),
    ("Consent", "period"),
    ("Encounter", "date"),
    ("Encounter", "location-period"),
    ("EpisodeOfCare", "date"),
    ("Immunization", "date"),
    ("ImmunizationRecommendation", "date"),
    ("Observation", "date"),
}


def test_sealed_types_show_no_string_and_only_these_dates():
    parameters = [(name, each) for name in SEALED for each in definitions()[name].search.values()]
    assert {each.kind for _, each in parameters} == {"token", "reference", "date", "words", "day"}
    assert {(name, each.name) for name, each in parameters if each.kind == "date"} == READABLE_DATES


def test_only_an_appointment_shows_its_status():
    assert [name for name in SEALED if definitions()[name].state] == ["Appointment"]


@pytest.mark.parametrize("kind", sorted(EXAMPLES))
def test_the_index_of_a_sealed_resource_holds_hashes_ids_and_dates(kind: str):
    entries = index_entries(example(kind), definitions()[kind], Vault("a secret for tests only"), 1)
    assert entries.tokens
    for _, system, code in entries.tokens:
        assert len(code) == 32
        assert not system or len(system) == 16
        int(code + system, 16)
    assert entries.strings == frozenset()
    assert (entries.state, entries.moment, entries.position) == (None, None, None)


def test_equal_values_of_two_parameters_do_not_meet():
    vault = Vault("a secret for tests only")
    told = example("RelatedPerson", name=[{"family": "Ana", "given": ["Ana"]}], address=[{"city": "Ana"}])
    entries = index_entries(told, definitions()["RelatedPerson"], vault, 1)
    codes = {name: code for name, _, code in entries.tokens if name in ("address", "address-city", "name")}
    assert len(set(codes.values())) == 3


def test_every_rule_is_used_and_every_named_rule_exists():
    named = {rule for each in definitions().values() for rule in each.invariants}
    assert named == set(INVARIANTS)
    assert set(OF_TYPES) <= set(datatypes())
