"""What the CapabilityStatement lists, and what Latido does where it does not."""

from __future__ import annotations

from collections.abc import Iterator

from latido.fhir.doctor.findings import Finding, Visit, verdict
from latido.fhir.features import Features

_STEPS = "the Slot is locked under If-Match first, the Appointment made after it, and the lock undone if that fails"


def listed(visit: Visit) -> Iterator[Finding]:
    """Each feature that Latido chooses its way by."""
    features = visit.features
    operations = features.appointment_operations
    yield _one(features, "$book", "book" in operations, "a transaction, or step by step")
    yield _one(features, "$hold", "hold" in operations, "a hold is a pending Appointment on a busy-tentative Slot")
    yield _one(features, "transaction", features.transaction, _STEPS)
    yield _one(features, "batch", features.batch, "the check before a reminder asks four times instead of once")
    yield _one(
        features,
        "conditional create",
        features.conditional_create,
        "the booking's key is looked up after a lost answer",
    )
    yield _one(features, "versions (If-Match)", features.versioned, "tried with --write")
    yield _one(features, "patch", features.patch, "the whole resource is sent, under If-Match")
    yield _one(features, "Patient/$match", features.patient_match, "people are known by identifier alone")
    yield _one(features, "Subscription", features.subscription, "nothing is lost: changes are read every 20 seconds")


def _one(features: Features, name: str, found: bool, without: str) -> Finding:
    if features.said_nothing:
        return Finding(f"lists {name}", "unknown", "it says nothing of itself", without)
    return Finding(f"lists {name}", verdict(found), "", without)
