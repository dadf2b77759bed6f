"""Searches that servers are known to answer differently: each is tried, for one that ignores a parameter looks well."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence

from latido.fhir.bundles import SearchBundle
from latido.fhir.doctor.findings import Finding, Verdict, Visit, tried, verdict
from latido.fhir.errors import FhirError, NotFhir, Refused
from latido.fhir.paging import next_url

BUENOS_AIRES_NEAR = "-34.6037|-58.3816|5|km"
NOBODY = "Location/latido-doctor-no-such-place"
LONG_FROM_NOW = "gt2199-01-01T00:00:00-03:00"


def searched(visit: Visit) -> Iterator[Finding]:
    """Every search probe, in the order they are shown."""
    slots = _page(visit, "Slot", [("_count", "20")])
    appointments = _page(visit, "Appointment", [("_count", "1")])
    yield tried("finds nobody by an unknown identifier", lambda: _patient_identifier(visit), needed=True)
    yield tried("finds a booking by its key", lambda: _booking_key(visit, appointments), needed=True)
    yield tried("slots of an agenda's place (chain)", lambda: _chain(visit, slots), _CHAIN)
    yield tried("slots in order (_sort)", lambda: _sorted(visit), _SORT)
    yield tried("agendas with slots (_include)", lambda: _included(visit, slots), _INCLUDE)
    yield tried("nearest places (near)", lambda: _near(visit), _NEAR)
    yield tried("changes since (_lastUpdated)", lambda: _changed(visit, appointments), _CHANGED)
    yield tried("next pages", lambda: _paging(visit, slots), _PAGING)
    yield tried("refuses unknown parameters when asked", lambda: _strict(visit), _STRICT)
    yield tried("says what it does with unknown parameters", lambda: _lenient(visit, slots))


_CHAIN = "agendas are looked up first, their slots then by reference"
_SORT = "Latido orders what it was given; the earliest slots may lie on a later page"
_INCLUDE = "agendas are known from the map, which is read every 15 minutes"
_NEAR = "nothing is lost: distances are computed by Latido, from its own list of centres"
_CHANGED = "what the desk changes does not reach the resident unless every appointment is read"
_PAGING = "only the first page is read; LATIDO_FHIR_ALIASES helps where links show another address"
_STRICT = "each answer is checked for what was asked"


def _page(visit: Visit, kind: str, params: Sequence[tuple[str, str]]) -> SearchBundle | None:
    try:
        return visit.client.search(kind, params, strict=False)
    except FhirError:
        return None


def _patient_identifier(visit: Visit) -> Finding:
    subject = "finds nobody by an unknown identifier"
    nobody = [("identifier", f"urn:latido:doctor|{uuid.uuid4().hex}"), ("_count", "1")]
    found = visit.client.search("Patient", nobody, strict=False).matches
    detail = "it gives somebody else's data" if found else ""
    return Finding(subject, verdict(not found), detail, "nothing: residents would be mixed up", needed=True)


def _booking_key(visit: Visit, some: SearchBundle | None) -> Finding:
    key = ("identifier", f"urn:latido:booking|{uuid.uuid4().hex}")
    found = visit.client.search("Appointment", [key, ("_count", "1")], strict=False).matches
    if found:
        return Finding("finds a booking by its key", "no", "identifier is ignored", "nothing: see below", needed=True)
    return _unless_empty("finds a booking by its key", some, "Appointment")


def _chain(visit: Visit, some: SearchBundle | None) -> Finding:
    subject = "slots of an agenda's place (chain)"
    try:
        found = visit.client.search("Slot", [("schedule.actor", NOBODY), ("_count", "1")], strict=False).matches
    except Refused as error:
        return Finding(subject, "no", f"refused with {error.status}", _CHAIN)
    if found:
        return Finding(subject, "no", "the parameter is ignored", _CHAIN)
    return _unless_empty(subject, some, "Slot", _CHAIN)


def _sorted(visit: Visit) -> Finding:
    found = visit.client.search("Slot", [("_sort", "-start"), ("_count", "20")], strict=False).matches
    starts = [str(each.get("start")) for each in found]
    if len(set(starts)) < 2:
        return Finding("slots in order (_sort)", "unknown", "too few slots to tell", _SORT)
    return Finding("slots in order (_sort)", verdict(starts == sorted(starts, reverse=True)), "", _SORT)


def _included(visit: Visit, some: SearchBundle | None) -> Finding:
    subject = "agendas with slots (_include)"
    if not (some and some.matches):
        return _unless_empty(subject, some, "Slot", _INCLUDE)
    found = visit.client.search("Slot", [("_include", "Slot:schedule"), ("_count", "1")], strict=False)
    kinds = {each["resourceType"] for each in found.included}
    return Finding(subject, verdict("Schedule" in kinds), "", _INCLUDE)


def _near(visit: Visit) -> Finding:
    subject = "nearest places (near)"
    try:
        found = visit.client.search("Location", [("near", BUENOS_AIRES_NEAR), ("_count", "5")], strict=False)
    except Refused as error:
        return Finding(subject, "no", f"refused with {error.status}", _NEAR)
    if any(entry.distance_m is not None for entry in found.entries):
        return Finding(subject, "yes", "with distances", _NEAR)
    if not found.honoured("near"):
        return Finding(subject, "no", "not among the parameters it says it used", _NEAR)
    return Finding(subject, "yes", "without distances", _NEAR)


def _changed(visit: Visit, some: SearchBundle | None) -> Finding:
    subject = "changes since (_lastUpdated)"
    params = [("_lastUpdated", LONG_FROM_NOW), ("_sort", "_lastUpdated"), ("_count", "1")]
    try:
        found = visit.client.search("Appointment", params).matches
    except Refused as error:
        return Finding(subject, "no", f"refused with {error.status}", _CHANGED)
    if found:
        return Finding(subject, "no", "the parameter is ignored", _CHANGED)
    return _unless_empty(subject, some, "Appointment", _CHANGED)


def _paging(visit: Visit, some: SearchBundle | None) -> Finding:
    subject = "next pages"
    first = visit.client.search("Slot", [("_count", "1")], strict=False)
    if first.next_link is None:
        enough = some is not None and len(some.matches) > 1 and len(first.matches) == 1
        return Finding(subject, "no" if enough else "unknown", "no next link", _PAGING)
    try:
        next_url(visit.client.base_url, first.next_link, visit.client.aliases)
    except NotFhir:
        return Finding(subject, "no", "the links show another address", _PAGING)
    second = visit.client.next_page(first)
    known = {each.get("id") for each in first.matches}
    again = second is not None and any(each.get("id") in known for each in second.matches)
    return Finding(subject, verdict(not again), "the second page repeats the first" if again else "", _PAGING)


def _strict(visit: Visit) -> Finding:
    subject = "refuses unknown parameters when asked"
    try:
        visit.client.search("Slot", [("latido-unknown", "1"), ("_count", "1")])
    except Refused:
        return Finding(subject, "yes", "", _STRICT)
    return Finding(subject, "no", "Prefer: handling=strict is not heeded", _STRICT)


def _lenient(visit: Visit, some: SearchBundle | None) -> Finding:
    subject = "says what it does with unknown parameters"
    try:
        found = visit.client.search("Slot", [("latido-unknown", "1"), ("_count", "1")], strict=False)
    except Refused as error:
        return Finding(subject, "yes", f"always refuses them ({error.status})")
    if found.self_link is None:
        how = "gives nothing" if some and some.matches and not found.matches else "ignores them"
        return Finding(subject, "no", f"{how}, without a self link", "answers are checked for what was asked")
    used = found.honoured("latido-unknown")
    detail = "its self link repeats them though it ignores them" if used else "its self link leaves them out"
    return Finding(subject, verdict(not used), detail, "answers are checked for what was asked")


def _unless_empty(subject: str, some: SearchBundle | None, kind: str, without: str = "") -> Finding:
    """Nothing was found where nothing should be: that says something only if there is anything at all."""
    found: Verdict = "yes" if some and some.matches else "unknown"
    return Finding(subject, found, "" if found == "yes" else f"no {kind} there to tell by", without)
