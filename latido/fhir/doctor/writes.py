"""What only a write can show. It makes one Patient, tagged and without any person's data, and takes it away again."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import requests

from latido.fhir.bundles import create_entry, update_entry
from latido.fhir.doctor.findings import Finding, Visit, tried
from latido.fhir.errors import Conflict, FhirError, Refused
from latido.fhir.resources import Resource, reference_to

TAG = {"system": "urn:latido:origin", "code": "doctor"}
SYSTEM = "urn:latido:doctor"

_CONDITIONAL = "the booking's key is looked up after a lost answer, but two at the same moment may both be made"
_LOCK = "nothing: two could take one slot"
_PATCH = "Latido sends whole resources under If-Match"
_ATOMIC = "after every refusal Latido reads back what stayed, and undoes it"


def written(visit: Visit) -> Iterator[Finding]:
    """Conditional create, If-Match on update and patch, and whether a transaction is all or nothing."""
    key = uuid.uuid4().hex
    try:
        first = visit.client.create(_patient(key), if_none_exist=f"identifier={SYSTEM}|{key}")
    except FhirError as error:
        yield Finding("creates", "no", str(error), "nothing: Latido has to write", needed=True)
        return
    made = [reference_to(first)]
    try:
        yield tried("conditional create makes one", lambda: _conditional(visit, key, first, made), _CONDITIONAL)
        # Its own $book keeps the slot from being taken twice; without it, If-Match is all there is.
        needed = "book" not in visit.features.appointment_operations
        yield tried("If-Match guards updates", lambda: _guarded_update(visit, first, needed), _LOCK, needed)
        yield tried("If-Match guards patches", lambda: _guarded_patch(visit, first), _PATCH)
        if visit.features.transaction:
            yield tried("transactions are all or nothing", lambda: _atomic(visit, first, made), _ATOMIC)
    finally:
        left = [each for each in made if not _removed(visit, each)]
    if left:
        yield Finding("takes test data away", "no", f"left, inactive: {', '.join(left)}", "remove it by hand")
    else:
        yield Finding("takes test data away", "yes")


def _patient(key: str) -> Resource:
    identifier = [{"system": SYSTEM, "value": key}]
    return {"resourceType": "Patient", "meta": {"tag": [TAG]}, "active": False, "identifier": identifier}


def _conditional(visit: Visit, key: str, first: Resource, made: list[str]) -> Finding:
    subject = "conditional create makes one"
    second = visit.client.create(_patient(key), if_none_exist=f"identifier={SYSTEM}|{key}")
    if second["id"] == first["id"]:
        return Finding(subject, "yes")
    made.append(reference_to(second))
    return Finding(subject, "no", "it made a second one", _CONDITIONAL)


def _guarded_update(visit: Visit, patient: Resource, needed: bool) -> Finding:
    subject = "If-Match guards updates"
    version = (patient.get("meta") or {}).get("versionId")
    if version is None:
        return Finding(subject, "no", "resources have no version", _LOCK, needed)
    changed = visit.client.update({**patient, "gender": "unknown"}, if_match=version)
    if (changed.get("meta") or {}).get("versionId") == version:
        return Finding(subject, "no", "the version does not change", _LOCK, needed)
    try:
        visit.client.update({**patient, "gender": "other"}, if_match=version)
    except Conflict as error:
        return Finding(subject, "yes", f"{error.status}")
    return Finding(subject, "no", "a stale version was accepted", _LOCK, needed)


def _guarded_patch(visit: Visit, patient: Resource) -> Finding:
    subject = "If-Match guards patches"
    change: list[Resource] = [{"op": "replace", "path": "/active", "value": False}]
    try:
        visit.client.patch(reference_to(patient), change, if_match="0")
    except Conflict as error:
        return Finding(subject, "yes", f"{error.status}")
    except Refused as error:
        return Finding(subject, "no", f"no patch ({error.status})", _PATCH)
    return Finding(subject, "no", "a stale version was accepted", _PATCH)


def _atomic(visit: Visit, first: Resource, made: list[str]) -> Finding:
    """A create beside an update that must fail: afterwards neither may be there."""
    subject, key = "transactions are all or nothing", uuid.uuid4().hex
    entries = [create_entry(_patient(key)), update_entry({**first, "gender": "male"}, if_match="0")]
    refused = False
    try:
        refused = any(answer.status >= 400 for answer in visit.client.transaction(entries))
    except FhirError:
        refused = True
    stayed = visit.client.search("Patient", [("identifier", f"{SYSTEM}|{key}")], strict=False).matches
    made += [reference_to(each) for each in stayed]
    if not refused:
        return Finding(subject, "no", "a stale version was accepted inside", _ATOMIC)
    return Finding(subject, "no" if stayed else "yes", "a part of it stayed" if stayed else "", _ATOMIC)


def _removed(visit: Visit, reference: str) -> bool:
    try:
        answer = visit.session.delete(f"{visit.client.base_url}/{reference}", timeout=10, allow_redirects=False)
    except (requests.RequestException, FhirError):
        return False
    return answer.status_code < 400
