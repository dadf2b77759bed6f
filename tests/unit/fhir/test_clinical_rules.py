"""What the server refuses in a clinical resource, and where it says the fault lies."""

from __future__ import annotations

from typing import Any

import pytest

from latido.fhir.server.definitions import definitions
from latido.fhir.server.validation import faults

from .examples import EXAMPLES, example
from .faulty import CLINICAL_FAULTS, MISTAKE, RECOMMENDATION, RESOLVED


def places(kind: str, **changes: Any) -> list[str]:
    return [fault.path for fault in faults(example(kind, **changes), definitions()[kind])]


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("AppointmentResponse", {"actor": ..., "participantType": [{"text": "paciente"}]}),
        ("Condition", {"clinicalStatus": RESOLVED, "abatementDateTime": "2026-11-20"}),
        ("Condition", {"clinicalStatus": ..., "verificationStatus": MISTAKE}),
        ("Condition", {"clinicalStatus": ..., "category": ...}),
        ("Condition", {"onsetDateTime": ..., "onsetString": "en el verano"}),
        ("Observation", {"valueQuantity": ..., "dataAbsentReason": {"text": "no se midió"}}),
        ("Observation", {"valueQuantity": ..., "component": [{"code": EXAMPLES["Observation"]["code"]}]}),
        (
            "Observation",
            {"valueQuantity": ..., "valueSampledData": {"origin": {"value": 0}, "period": 10, "dimensions": 1}},
        ),
        ("CarePlan", {"activity": ...}),
        ("CarePlan", {"contained": [{"resourceType": "Location", "id": "p"}], "instantiatesCanonical": ["#p"]}),
        ("Communication", {"status": "stopped"}),
        ("Communication", {"status": "completed", "statusReason": ..., "received": "2026-11-25T10:00:09-03:00"}),
        ("Immunization", {"occurrenceDateTime": ..., "occurrenceString": "al nacer"}),
        ("ImmunizationRecommendation", {"recommendation": [RECOMMENDATION | {"forecastStatus": {"text": "due"}}]}),
        ("Consent", {"policyRule": ..., "policy": [{"uri": "urn:example:policy"}]}),
        ("Consent", {"patient": ..., "scope": {"text": "otro"}}),
    ],
)
def test_good_variations(kind: str, changes: dict[str, Any]):
    assert places(kind, **changes) == []


@pytest.mark.parametrize(("kind", "changes", "path"), CLINICAL_FAULTS)
def test_faulty_ones(kind: str, changes: dict[str, Any], path: str):
    assert path in places(kind, **changes)


CONTAINED = {"resourceType": "Patient", "id": "p"}
POINTING = {"contained": [CONTAINED], "subject": {"reference": "#p"}}


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"subject": {"reference": "#p"}}, "Condition.subject.reference"),
        ({"contained": [CONTAINED]}, "Condition.contained[0]"),
        (POINTING | {"contained": [CONTAINED | {"meta": {"versionId": "1"}}]}, "Condition.contained[0].meta"),
        (
            POINTING | {"contained": [CONTAINED | {"meta": {"security": [{"code": "R"}]}}]},
            "Condition.contained[0].meta.security",
        ),
        (POINTING | {"contained": [CONTAINED | {"contained": [CONTAINED]}]}, "Condition.contained[0].contained"),
        (
            POINTING | {"contained": [CONTAINED | {"contact": [{"gender": "male"}]}]},
            "Condition.contained[0].contact[0]",
        ),
    ],
)
def test_what_is_contained(changes: dict[str, Any], path: str):
    assert places("Condition", **POINTING) == []
    assert path in places("Condition", **changes)
