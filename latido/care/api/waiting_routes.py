"""The routes of the waiting list."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from latido.care.api.endpoints import path_value, route
from latido.care.api.models import FhirId, JoinRequest, KeyedRequest, Resident
from latido.care.services import Care
from latido.care.waiting.answering import accept, decline, leave
from latido.care.waiting.joining import Joining, entries_of, join


def waiting_routes(care: Care) -> list[Route]:
    """The routes, relative to /care/v1."""
    return [
        route(care, "/waiting-list", "POST", _join, JoinRequest),
        route(care, "/residents/{resident}/waiting-list", "GET", _entries),
        route(care, "/waiting-list/{entry}/accept", "POST", _accept, KeyedRequest),
        route(care, "/waiting-list/{entry}/decline", "POST", _decline, KeyedRequest),
        route(care, "/waiting-list/{entry}/leave", "POST", _leave, KeyedRequest),
    ]


def _join(care: Care, request: Request, content: JoinRequest) -> JSONResponse:
    age = content.gestational_age
    wanted = Joining(
        key=content.idempotency_key,
        resident=content.resident,
        service=content.service,
        person=content.patient.value(),
        near=content.near.value() if content.near else None,
        center_number=content.center_number,
        age=age.value(care.local_now().date()) if age else None,
        answers=content.answers.value(),
    )
    answer, made_now = join(care, wanted)
    return JSONResponse(answer, status_code=201 if made_now else 200)


def _entries(care: Care, request: Request, content: None) -> JSONResponse:
    return JSONResponse(entries_of(care, path_value(request, "resident", Resident)))


def _accept(care: Care, request: Request, content: KeyedRequest) -> JSONResponse:
    return JSONResponse(accept(care, _entry(request), content.resident, content.idempotency_key))


def _decline(care: Care, request: Request, content: KeyedRequest) -> JSONResponse:
    return JSONResponse(decline(care, _entry(request), content.resident, content.idempotency_key))


def _leave(care: Care, request: Request, content: KeyedRequest) -> JSONResponse:
    return JSONResponse(leave(care, _entry(request), content.resident, content.idempotency_key))


def _entry(request: Request) -> str:
    return path_value(request, "entry", FhirId)
