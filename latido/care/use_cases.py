"""Use cases about a resident; places are in `place_searches`, appointments in `latido.care.booking`."""

from __future__ import annotations

from latido.care.booking.appointments import live_appointments
from latido.care.booking.patients import find_patients
from latido.care.idempotency import begin, finish
from latido.care.people.views import people_view
from latido.care.residents import (
    CONTENT,
    CURRENT_CONSENT,
    REMINDERS,
    Consent,
    give_consent,
    remembered_place,
    standing_consent,
)
from latido.care.services import Care, local
from latido.care.views import Json, remembered_view
from latido.fhir.errors import FhirError


def resident(care: Care, key: str) -> Json:
    """What is known of a resident; nulls for one never seen, and for what the health service cannot say now."""
    with care.engine.connect() as connection:
        given = standing_consent(connection, key)
        reminders = standing_consent(connection, key, REMINDERS)
        content = standing_consent(connection, key, CONTENT)
        place = remembered_place(connection, key)
        people = people_view(care, connection, key)
    return {
        "resident": key,
        "consent": _consent_view(given),
        "current_consent_version": CURRENT_CONSENT,
        "place": remembered_view(place),
        "open_appointments": _open_appointments(care, key),
        "people": people,
        "reminders": {"consent": _consent_view(reminders)},
        "content": {"consent": _consent_view(content)},
    }


def consent(care: Care, key: str, scope: str, version: str, idempotency_key: str) -> Json:
    """Record a consent, in one transaction with its idempotency key; returns the resident."""
    request = {"resident": key, "scope": scope, "version": version}
    with care.engine.begin() as connection:
        begun = begin(connection, care.vault, idempotency_key, "consent", request, care.now())
        if begun.answer is None:
            give_consent(connection, key, scope, version, care.now())
            finish(connection, care.vault, idempotency_key, {}, care.now())
    return resident(care, key)


def _consent_view(given: Consent | None) -> Json | None:
    return {"version": given.version, "given_at": local(given.given_at)} if given else None


def _open_appointments(care: Care, key: str) -> int | None:
    """How many live appointments she has; None when the health service cannot say: the chat goes on without it."""
    try:
        patients = find_patients(care.fhir, key)
        live = live_appointments(care, [each["id"] for each in patients.values()], care.now())
        return len([each for each in live if each["status"] != "pending"])
    except FhirError:
        return None
