"""The routes of the care API. Each endpoint reads a request, calls one use case and shows its answer."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError
from sqlalchemy.exc import OperationalError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from latido.care import place_searches, use_cases
from latido.care.api.errors import error_response, of_database, of_fhir, of_validation
from latido.care.api.models import (
    BookingRequest,
    CancelRequest,
    ChildhoodCentresRequest,
    ConsentRequest,
    FhirId,
    HospitalsRequest,
    OffersRequest,
    PlacesRequest,
    Resident,
)
from latido.care.booking import book as booking
from latido.care.booking import offers
from latido.care.booking.appointments import residents_appointments
from latido.care.booking.cancel import cancel
from latido.care.errors import CareError, Invalid, Missing
from latido.care.services import Care
from latido.care.views import center_view
from latido.fhir.errors import FhirError

LARGEST_BODY = 64 * 1024
Handler = Callable[[Care, Request, Any], JSONResponse]
Endpoint = Callable[[Request], Awaitable[Response]]


def routes(care: Care) -> list[Route]:
    """The routes, relative to /care/v1; who may call them is checked before."""

    def route(path: str, method: str, handler: Handler, model: type[BaseModel] | None = None) -> Route:
        return Route(path, _endpoint(care, handler, model), methods=[method])

    return [
        route("/residents/{resident}", "GET", _resident),
        route("/residents/{resident}/consent", "POST", _consent, ConsentRequest),
        route("/residents/{resident}/appointments", "GET", _appointments),
        route("/places/search", "POST", _places, PlacesRequest),
        route("/places/hospitals", "POST", _hospitals, HospitalsRequest),
        route("/places/childhood-centres", "POST", _childhood_centres, ChildhoodCentresRequest),
        route("/centers/{number}", "GET", _center),
        route("/offers", "POST", _offers, OffersRequest),
        route("/appointments", "POST", _book, BookingRequest),
        route("/appointments/{appointment}/cancel", "POST", _cancel, CancelRequest),
    ]


def _endpoint(care: Care, handler: Handler, model: type[BaseModel] | None) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        try:
            content = await _content(request, model) if model else None
            return await run_in_threadpool(handler, care, request, content)
        except ValidationError as error:
            return error_response(of_validation(error))
        except CareError as error:
            return error_response(error)
        except FhirError as error:
            return error_response(of_fhir(error))
        except OperationalError as error:
            return error_response(of_database(error))

    return endpoint


async def _content(request: Request, model: type[BaseModel]) -> BaseModel:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise Invalid("the body is too large")
    try:
        return model.model_validate(json.loads(bytes(body)))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError):
        raise Invalid("the body is not JSON") from None


def _path(request: Request, name: str, kind: Any) -> str:
    try:
        value: str = TypeAdapter(kind).validate_python(request.path_params[name])
    except ValidationError:
        raise Missing(f"no such {name}") from None
    return value


def _resident(care: Care, request: Request, content: None) -> JSONResponse:
    return JSONResponse(use_cases.resident(care, _path(request, "resident", Resident)))


def _consent(care: Care, request: Request, content: ConsentRequest) -> JSONResponse:
    who = _path(request, "resident", Resident)
    return JSONResponse(use_cases.consent(care, who, content.scope, content.version, content.idempotency_key))


def _places(care: Care, request: Request, content: PlacesRequest) -> JSONResponse:
    near = content.near.value()
    return JSONResponse(place_searches.search_places(care, near, content.service, content.limit, content.resident))


def _hospitals(care: Care, request: Request, content: HospitalsRequest) -> JSONResponse:
    near, maternity = content.near.value(), content.maternity is True
    return JSONResponse(place_searches.search_hospitals(care, near, maternity, content.limit))


def _childhood_centres(care: Care, request: Request, content: ChildhoodCentresRequest) -> JSONResponse:
    near = content.near.value()
    return JSONResponse(place_searches.search_childhood_centres(care, near, content.age_days, content.limit))


def _center(care: Care, request: Request, content: None) -> JSONResponse:
    number = request.path_params["number"]
    center = care.directory.centers.get(int(number)) if number.isdecimal() else None
    if center is None:
        raise Missing("no centre has this number")
    return JSONResponse(center_view(center, care.directory))


def _offers(care: Care, request: Request, content: OffersRequest) -> JSONResponse:
    age = content.gestational_age
    wanted = offers.Request(
        resident=content.resident,
        service=content.service,
        near=content.near.value() if content.near else None,
        center_number=content.center_number,
        weeks_upper=age.upper if age else None,
        answers=content.answers.value(),
        after=content.after,
        exclude_centers=tuple(content.exclude_centers),
        limit=content.limit,
    )
    return JSONResponse(offers.offer(care, wanted))


def _book(care: Care, request: Request, content: BookingRequest) -> JSONResponse:
    age = content.gestational_age
    wanted = booking.Booking(
        key=content.idempotency_key,
        resident=content.resident,
        slot_id=content.slot_id,
        service=content.service,
        person=content.patient.value(),
        weeks_upper=age.upper if age else None,
        answers=content.answers.value(),
    )
    answer, made_now = booking.book(care, wanted)
    return JSONResponse(answer, status_code=201 if made_now else 200)


def _appointments(care: Care, request: Request, content: None) -> JSONResponse:
    found = residents_appointments(care, _path(request, "resident", Resident))
    return JSONResponse({"appointments": found})


def _cancel(care: Care, request: Request, content: CancelRequest) -> JSONResponse:
    appointment = _path(request, "appointment", FhirId)
    return JSONResponse(cancel(care, appointment, content.resident, content.idempotency_key))
