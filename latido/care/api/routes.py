"""The routes of the care API. Each endpoint reads a request, calls one use case and shows its answer."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from latido.care import place_searches, use_cases
from latido.care.api.appointment_routes import appointment_routes
from latido.care.api.endpoints import path_value, route
from latido.care.api.models import ChildhoodCentresRequest, ConsentRequest, HospitalsRequest, PlacesRequest, Resident
from latido.care.api.people_routes import people_routes
from latido.care.api.rights_routes import rights_routes
from latido.care.api.waiting_routes import waiting_routes
from latido.care.errors import Missing
from latido.care.services import Care
from latido.care.views import center_view


def routes(care: Care) -> list[Route]:
    """The routes, relative to /care/v1; who may call them is checked before."""
    return [
        route(care, "/residents/{resident}", "GET", _resident),
        route(care, "/residents/{resident}/consent", "POST", _consent, ConsentRequest),
        route(care, "/places/search", "POST", _places, PlacesRequest),
        route(care, "/places/hospitals", "POST", _hospitals, HospitalsRequest),
        route(care, "/places/childhood-centres", "POST", _childhood_centres, ChildhoodCentresRequest),
        route(care, "/centers/{number}", "GET", _center),
        *appointment_routes(care),
        *waiting_routes(care),
        *rights_routes(care),
        *people_routes(care),
    ]


def _resident(care: Care, request: Request, content: None) -> JSONResponse:
    return JSONResponse(use_cases.resident(care, path_value(request, "resident", Resident)))


def _consent(care: Care, request: Request, content: ConsentRequest) -> JSONResponse:
    who = path_value(request, "resident", Resident)
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
