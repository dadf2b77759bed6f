"""Errors of care as JSON, translated here and nowhere else. No answer repeats what was sent."""

from __future__ import annotations

import logging

from pydantic import ValidationError
from sqlalchemy.exc import OperationalError
from starlette.responses import JSONResponse

from latido.care.errors import AlreadyBooked, CareError, HealthServiceUnavailable, Invalid, SlotTaken
from latido.fhir.errors import FhirError

log = logging.getLogger(__name__)


def error_response(error: CareError) -> JSONResponse:
    """The answer for an error of care."""
    content: dict[str, object] = {"error": {"code": error.code, "message": str(error)}}
    if isinstance(error, AlreadyBooked):
        content["appointment"] = error.appointment
    if isinstance(error, SlotTaken):
        content["offers"] = error.offers
    return JSONResponse(content, status_code=error.status)


def of_validation(error: ValidationError) -> CareError:
    """Which fields are wrong and how, without their values."""
    found = error.errors(include_input=False, include_url=False)
    return Invalid("; ".join(f"{'.'.join(map(str, each['loc'])) or 'body'}: {each['msg']}" for each in found))


def of_database(error: OperationalError) -> CareError:
    """Our own database is away, and with it what makes a write safe to repeat."""
    log.warning("database: %s", type(error.orig).__name__)
    return HealthServiceUnavailable("the database is away: repeat the request with the same key")


def of_fhir(error: FhirError) -> CareError:
    """Whatever the FHIR server said that no use case could settle."""
    log.warning("health service: %s", error)
    return HealthServiceUnavailable("the health service did not do it: repeat the request with the same key")
