"""What a slot looks like once one of its seats is taken, kept or left. R4 has no capacity: ours is an extension."""

from __future__ import annotations

from latido.care.fhir_names import CAPACITY, LOCKED_BY
from latido.care.rules.status import LIVE
from latido.fhir.client import FhirClient
from latido.fhir.resources import Resource

TAKEN = ("busy", "busy-tentative")


def capacity_of(slot: Resource) -> int:
    """How many live appointments the slot holds; 1 unless it says more."""
    found = [each.get("valuePositiveInt") for each in slot.get("extension") or [] if each.get("url") == CAPACITY]
    return int(found[0]) if found and found[0] else 1


def after_taking(fhir: FhirClient, slot: Resource, status: str) -> Resource:
    """The slot with one more seat taken by an appointment of this status; it is free while seats are left."""
    full = capacity_of(slot) == 1 or live_count(fhir, slot["id"]) + 1 >= capacity_of(slot)
    return {**slot, "status": _held_or_busy(status) if full else "free"}


def after_confirming(slot: Resource) -> Resource | None:
    """The slot once its hold is a booking; None when it stays as it is."""
    return {**slot, "status": "busy"} if slot["status"] == "busy-tentative" else None


def after_leaving(slot: Resource) -> Resource | None:
    """The slot with one seat left; None when it stays as it is (a slot the centre blocked stays blocked)."""
    return {**slot, "status": "free"} if slot["status"] in TAKEN else None


def live_count(fhir: FhirClient, slot_id: str) -> int:
    """How many live appointments the slot has."""
    params = [("slot", f"Slot/{slot_id}"), ("status", ",".join(LIVE)), ("_summary", "count")]
    return fhir.search("Appointment", params).total or 0


def _held_or_busy(status: str) -> str:
    return "busy-tentative" if status == "pending" else "busy"


def locked(slot: Resource, booking_key: str) -> Resource:
    """The slot with the key of the booking that locked it."""
    others = [each for each in slot.get("extension") or [] if each.get("url") != LOCKED_BY]
    return {**slot, "extension": [*others, {"url": LOCKED_BY, "valueString": booking_key}]}


def locked_by(slot: Resource) -> str | None:
    """The key of the booking that locked it; None for a slot that no booking of ours locked."""
    found = [each.get("valueString") for each in slot.get("extension") or [] if each.get("url") == LOCKED_BY]
    return str(found[0]) if found else None
