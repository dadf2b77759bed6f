"""Getting there: does it answer, is it FHIR R4, does it let Latido in, and what time does it think it is."""

from __future__ import annotations

from collections.abc import Iterator
from email.utils import parsedate_to_datetime

import requests

from latido.fhir.client import FhirClient
from latido.fhir.doctor.findings import Finding, Visit, verdict
from latido.fhir.errors import FhirError, NotFhir, Refused, Unauthorized
from latido.fhir.features import Features

NEEDED_TYPES = ("Location", "Schedule", "Slot", "Appointment", "Patient")
TELLING_TYPES = {
    "HealthcareService": "agendas are found by their Location, or by LATIDO_FHIR_MAP",
    "AppointmentResponse": "whether she will come is kept by Latido alone",
}
CLOCK_TOLERANCE_S = 60.0
_TIMEOUT = (3.0, 10.0)


def arrive(client: FhirClient) -> tuple[Finding, Features | None]:
    """Whether the server answers as FHIR, and what it says of itself; None when there is no point in going on."""
    subject = "answers"
    try:
        features = client.features()
    except Unauthorized:
        return Finding(subject, "yes", "asks for a token even for metadata"), Features(said_nothing=True)
    except NotFhir as error:
        return Finding(subject, "no", str(error), "nothing: check the base URL", needed=True), None
    except FhirError as error:
        return Finding(subject, "no", str(error), "nothing: check the base URL, the network, TLS", needed=True), None
    return Finding(subject, "yes", features.software or ""), features


def version(visit: Visit) -> Finding:
    """R4 is 4.0.x; R4B and R5 name and shape things differently."""
    said = visit.features.fhir_version
    found = None if said is None else said.startswith("4.0")
    detail = said or ("it says nothing of itself" if visit.features.said_nothing else "not said")
    return Finding("FHIR R4 (4.0.1)", verdict(found), detail, "Latido takes it for 4.0.1", needed=True)


def admission(visit: Visit) -> Iterator[Finding]:
    """Each type Latido needs, searched for one resource."""
    for kind in NEEDED_TYPES:
        yield _admitted(visit, kind, "nothing: Latido needs it", needed=True)
    for kind, without in TELLING_TYPES.items():
        yield _admitted(visit, kind, without, needed=False)


def _admitted(visit: Visit, kind: str, without: str, needed: bool) -> Finding:
    subject = f"search {kind}"
    try:
        # A Patient is looked for by a value that nobody has: the doctor reads no person's data.
        params = [("identifier", "urn:latido:doctor|nobody")] if kind == "Patient" else []
        visit.client.search(kind, [*params, ("_count", "1")], strict=False)
    except Unauthorized as error:
        detail = f"{error.status or ''} log-in or scope is refused".strip()
        return Finding(
            subject, "no", detail, "nothing: LATIDO_FHIR_CLIENT_ID or LATIDO_FHIR_TOKEN, scopes", needed=True
        )
    except Refused as error:
        return Finding(subject, "no", f"{error.status}", without, needed)
    except FhirError as error:
        return Finding(subject, "no", str(error), without, needed)
    return Finding(subject, "yes", "", without, needed)


def clock(visit: Visit) -> Finding:
    """How far the server's clock is from ours, by its Date header (whole seconds)."""
    subject = "clocks agree"
    without = "tokens may be refused, changes at the desk be seen late: set both clocks by NTP"
    try:
        answer = visit.session.get(f"{visit.client.base_url}/metadata", timeout=_TIMEOUT, allow_redirects=False)
        there = parsedate_to_datetime(answer.headers["Date"])
    except (requests.RequestException, FhirError, KeyError, ValueError, TypeError):
        return Finding(subject, "unknown", "no Date header", without)
    ahead = (there - visit.now()).total_seconds()
    detail = f"{abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} this machine"
    return Finding(subject, verdict(abs(ahead) <= CLOCK_TOLERANCE_S), detail, without)
