"""A CapabilityStatement read: what counts as offered, and what does not."""

from __future__ import annotations

import pytest

from latido.fhir.features import Features, read_features
from latido.fhir.server.capabilities import capability_statement


def statement(*resources: dict, operations: tuple = (), interactions: tuple = ()) -> dict:
    rest = {
        "mode": "server",
        "resource": list(resources),
        "operation": list(operations),
        "interaction": [{"code": code} for code in interactions],
    }
    return {"resourceType": "CapabilityStatement", "fhirVersion": "4.0.1", "rest": [rest]}


def test_a_rich_server() -> None:
    found = read_features(
        statement(
            {
                "type": "Appointment",
                "versioning": "versioned-update",
                "conditionalCreate": True,
                "interaction": [{"code": "patch"}, {"code": "create"}],
                "operation": [
                    {"name": "$hold", "definition": "https://example.org/OperationDefinition/anything"},
                    {"name": "reserve", "definition": "https://profiles.ihe.net/ITI/x/appointment-book|1.0.0"},
                ],
                "searchParam": [{"name": "patient"}, {"name": "slot"}],
            },
            {"type": "Slot", "versioning": "versioned"},
            {"type": "Location", "searchParam": [{"name": "near", "type": "special"}]},
            {"type": "Subscription", "interaction": [{"code": "create"}]},
            {"type": "Patient", "operation": [{"name": "match", "definition": "x"}]},
            operations=({"name": "appointment-find"},),
            interactions=("transaction", "batch"),
        )
    )

    assert found.appointment_operations == {"find", "hold", "book"}
    assert (found.transaction, found.batch, found.patch, found.near) == (True, True, True, True)
    assert (found.conditional_create, found.conditional_update) == (True, False)
    assert (found.subscription, found.versioned, found.patient_match) == (True, True, True)
    assert found.searches("Appointment", "slot")
    assert not found.searches("Appointment", "location")
    assert found.types == {"Appointment", "Slot", "Location", "Subscription", "Patient"}
    assert not found.said_nothing


def test_what_is_not_listed_is_not_offered() -> None:
    found = read_features(statement({"type": "Appointment"}, {"type": "Slot", "versioning": "no-version"}))

    assert found == Features(
        search_parameters={"Appointment": frozenset(), "Slot": frozenset()},
        types=frozenset({"Appointment", "Slot"}),
        fhir_version="4.0.1",
    )


@pytest.mark.parametrize(
    "answer", [{"resourceType": "Bundle", "type": "searchset"}, {"resourceType": "OperationOutcome"}, {}]
)
def test_another_resource_says_nothing(answer: dict) -> None:
    assert read_features(answer) == Features(said_nothing=True)


@pytest.mark.parametrize("rest", [None, [], "x", [None], [{"mode": "client"}], [{"resource": {"type": "Slot"}}]])
def test_a_statement_with_a_broken_rest_offers_nothing(rest: object) -> None:
    found = read_features({"resourceType": "CapabilityStatement", "rest": rest})

    assert found == Features()


def test_the_embedded_server_offers_what_booking_needs() -> None:
    found = read_features(capability_statement("http://localhost/fhir/R4"))

    assert found.transaction
    assert found.conditional_create
    assert found.versioned
    assert found.near
    assert found.searches("Slot", "schedule")
    assert found.software is not None
