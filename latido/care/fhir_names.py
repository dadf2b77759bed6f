"""The FHIR names of our own: systems, codes and ids (the table is in docs/wires.md)."""

from __future__ import annotations

CENTER = "urn:latido:center"
RESIDENT = "urn:latido:resident"
BOOKING = "urn:latido:booking"
HOSPITAL = "urn:latido:hospital"
CHILDHOOD_CENTRE = "urn:latido:childhood-centre"
PLACE_TYPE = "urn:latido:place-type"
SERVICE = "urn:latido:service"
PRIORITY = "urn:latido:priority"
SLOT = "urn:latido:slot"
ORIGIN = "urn:latido:origin"
CAPACITY = "urn:latido:capacity"
LOCKED_BY = "urn:latido:locked-by"
GESTATIONAL_AGE = "urn:latido:gestational-age"
RESPONSE = "urn:latido:response"
DEMO = "demo"
DNI = "http://www.renaper.gob.ar/dni"
# Equal spellings of the system, the one that is written first; LATIDO_DNI_SYSTEMS says otherwise for a city's server.
DNI_SYSTEMS = (DNI, "http://renaper.gob.ar/dni")
CANCELLATION_REASON = "http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason"

PRENATAL = "prenatal"
PEDIATRIC = "pediatric"
SERVICES = (PRENATAL, PEDIATRIC)


def center_id(number: int) -> str:
    """The id of a centre's Organization and Location."""
    return f"cesac-{number}"


def agenda_id(number: int, service: str) -> str:
    """The id of a centre's HealthcareService and Schedule for one service."""
    return f"cesac-{number}-{service}"


def center_number(reference: str) -> int | None:
    """The centre's number in `Location/cesac-15` or `Schedule/cesac-15-prenatal`; None for any other."""
    parts = reference.rsplit("/", 1)[-1].split("-")
    return int(parts[1]) if parts[0] == "cesac" and len(parts) > 1 and parts[1].isdigit() else None


def agenda_service(reference: str) -> str | None:
    """The service in `Schedule/cesac-15-prenatal`; None for any other."""
    parts = reference.rsplit("/", 1)[-1].split("-", 2)
    return parts[2] if parts[0] == "cesac" and len(parts) == 3 else None
