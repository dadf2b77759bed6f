"""What the client and the server both say about resources: names, references, versions, outcomes."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

Resource = dict[str, Any]
"""A FHIR resource as it is on the wire: its JSON object, unknown fields kept."""

FHIR_JSON = "application/fhir+json"
JSON_PATCH = "application/json-patch+json"
LOCATION_DISTANCE = "http://hl7.org/fhir/StructureDefinition/location-distance"

# People, and what was found out about them: neither who they are nor a diagnosis may stand in a URL.
PERSONAL_TYPES = frozenset(
    {
        "Patient",
        "RelatedPerson",
        "Person",
        "EpisodeOfCare",
        "Condition",
        "Observation",
        "Encounter",
        "CarePlan",
        "CommunicationRequest",
        "Communication",
        "Immunization",
        "ImmunizationRecommendation",
        "Consent",
    }
)

_LOCAL = re.compile(r"(?:^|/)([A-Z][A-Za-z]+)/([A-Za-z0-9\-.]{1,64})(?:/_history/[A-Za-z0-9\-.]{1,64})?$")


def reference_to(resource: Mapping[str, Any]) -> str:
    """The relative reference of a stored resource, such as `Slot/17`."""
    return f"{resource['resourceType']}/{resource['id']}"


def split_reference(reference: str) -> tuple[str, str] | None:
    """Type and id of a relative or absolute literal reference; None for `#contained` and `urn:` ones."""
    found = _LOCAL.search(reference)
    return (found[1], found[2]) if found else None


def etag(version: str | int) -> str:
    """The weak entity tag of a version, `W/"3"`."""
    return f'W/"{version}"'


def version_of_etag(value: str) -> str | None:
    """The version inside `W/"3"` or `"3"`; None when the header is malformed."""
    found = re.fullmatch(r'\s*(?:W/)?"([^"]*)"\s*', value)
    return found[1] if found else None


def issues(outcome: Mapping[str, Any] | None) -> Iterator[tuple[str, str, str]]:
    """Each issue of an OperationOutcome as (code, place of the fault, diagnostics)."""
    for issue in (outcome or {}).get("issue") or []:
        place = ", ".join(issue.get("expression") or issue.get("location") or [])
        text = issue.get("diagnostics") or (issue.get("details") or {}).get("text") or ""
        yield str(issue.get("code", "")), place, str(text)
