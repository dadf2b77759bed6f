"""The routes about her rights."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from latido.care import use_cases
from latido.care.api.endpoints import path_value, route
from latido.care.api.models import AskRequest, EraseRequest, FeedbackRequest, RemindersRequest, Resident
from latido.care.rights.asking import ask
from latido.care.rights.erasing import erase
from latido.care.rights.kept import kept_of
from latido.care.rights.opinions import Opinion, keep_opinion
from latido.care.rights.reminders import set_reminders
from latido.care.services import Care


def rights_routes(care: Care) -> list[Route]:
    """The routes, relative to /care/v1."""
    return [
        route(care, "/residents/{resident}/reminders", "POST", _reminders, RemindersRequest),
        route(care, "/residents/{resident}/ask", "POST", _ask, AskRequest),
        route(care, "/residents/{resident}/data", "GET", _data),
        route(care, "/residents/{resident}/erase", "POST", _erase, EraseRequest),
        route(care, "/residents/{resident}/feedback", "POST", _feedback, FeedbackRequest),
    ]


def _reminders(care: Care, request: Request, content: RemindersRequest) -> JSONResponse:
    who = path_value(request, "resident", Resident)
    set_reminders(care, who, content.answer, content.idempotency_key, content.scope)
    return JSONResponse(use_cases.resident(care, who))


def _ask(care: Care, request: Request, content: AskRequest) -> JSONResponse:
    who = path_value(request, "resident", Resident)
    return JSONResponse({"ask": ask(care, who, content.scope, content.idempotency_key)})


def _data(care: Care, request: Request, content: None) -> JSONResponse:
    return JSONResponse(kept_of(care, path_value(request, "resident", Resident)))


def _erase(care: Care, request: Request, content: EraseRequest) -> JSONResponse:
    return JSONResponse(erase(care, path_value(request, "resident", Resident), content.idempotency_key))


def _feedback(care: Care, request: Request, content: FeedbackRequest) -> JSONResponse:
    who = path_value(request, "resident", Resident)
    opinion = Opinion(who, content.kind, content.center_number, content.text, content.about)
    answer, kept_now = keep_opinion(care, opinion, content.idempotency_key)
    return JSONResponse(answer, status_code=201 if kept_now else 200)
