"""Errors of care as JSON, translated here and nowhere else. No answer repeats what was sent."""

from __future__ import annotations

import logging

from pydantic import ValidationError
from starlette.responses import JSONResponse

from latido.care.errors import AlreadyBooked, CareError, HealthServiceUnavailable, Invalid
from latido.fhir.errors import FhirError

log = logging.getLogger(__name__)


def error_response(error: CareError) -> JSONResponse:
    """The answer for an error of care."""
    content: dict[str, object] = {"error": {"code": error.code, "message": str(error)}}
    if isinstance(error, AlreadyBooked):
        content["appointment"] = error.appointment
    return JSONResponse(content, status_code=error.status)


def of_validation(error: ValidationError) -> CareError:
    """Which fields are wrong and how, without their values."""
    faults = (
        f"{'.'.join(map(str, each['loc'])) or 'body'}: {each['msg']}" for each in error.errors(include_input=False)
    )
    return Invalid("; ".join(faults))


def of_fhir(error: FhirError) -> CareError:
    """Whatever the FHIR server said that no use case could settle."""
    log.warning("health service: %s", error)
    return HealthServiceUnavailable("the health service did not do it: repeat the request with the same key")
