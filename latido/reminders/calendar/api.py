"""The route by which the dialogue asks for a resident's calendar, relative to /care/v1 (docs/wires.md)."""

from __future__ import annotations

from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse
from starlette.routing import Route

from latido.care.api.endpoints import path_value, route
from latido.care.api.models import Key, Request, Resident
from latido.care.services import Care
from latido.reminders.calendar.answering import calendar_of
from latido.reminders.parts import Reminders


class CalendarRequest(Request):
    """For which message of hers it is: asked twice, it is one picture."""

    idempotency_key: Key


def calendar_routes(reminders: Reminders) -> list[Route]:
    """The one route; who may call it is checked before."""

    def calendar(care: Care, request: HttpRequest, content: CalendarRequest) -> JSONResponse:
        who = path_value(request, "resident", Resident)
        return JSONResponse(calendar_of(reminders, who, content.idempotency_key))

    return [route(reminders.care, "/residents/{resident}/calendar", "POST", calendar, CalendarRequest)]
