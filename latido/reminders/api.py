"""The routes by which the dialogue answers a reminder, relative to /care/v1 (docs/wires.md)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from datetime import time as clock_time
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, TypeAdapter, ValidationError, model_validator
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse
from starlette.routing import Route

from latido.care.api.endpoints import path_value, route
from latido.care.api.models import Key, Request, Resident
from latido.care.errors import Missing
from latido.care.services import Care
from latido.reminders import talking
from latido.reminders.coming import Scope, first_of
from latido.reminders.parts import Reminders

ReminderId = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,17}$")]
FARTHEST_DAYS = 120


class AnswerRequest(Request):
    """Which of its buttons she meant."""

    idempotency_key: Key
    resident: Resident
    answer: Literal["confirm", "move", "cancel", "went", "not_went", "book", "later", "stop_reminders", "stop_content"]


class AgainRequest(Request):
    """The day on which she wants to be told, or in how many days; and at which time, or in which part of the day."""

    idempotency_key: Key
    resident: Resident
    day: date | None = None
    in_days: int | None = Field(None, ge=0, le=FARTHEST_DAYS)
    part: Literal["morning", "afternoon"] | None = None
    time: clock_time | None = None

    @model_validator(mode="after")
    def _one_way(self) -> AgainRequest:
        if self.day is not None and self.in_days is not None:
            raise ValueError("say either the day or in how many days")
        if (self.day, self.in_days, self.part, self.time) == (None,) * 4:
            raise ValueError("say the day, in how many days, or the time of the day")
        return self


def reminder_routes(reminders: Reminders) -> list[Route]:
    """The routes; who may call them is checked before."""

    def bound(handler: Callable[..., JSONResponse]) -> Callable[..., JSONResponse]:
        def with_reminders(care: Care, request: HttpRequest, content: object) -> JSONResponse:
            return handler(reminders, request, content)

        return with_reminders

    care = reminders.care
    return [
        route(care, "/residents/{resident}/reminders/next", "GET", bound(_next)),
        route(care, "/reminders/{reminder}", "GET", bound(_told)),
        route(care, "/reminders/{reminder}/answer", "POST", bound(_answer), AnswerRequest),
        route(care, "/reminders/{reminder}/again", "POST", bound(_again), AgainRequest),
    ]


def _next(reminders: Reminders, request: HttpRequest, content: None) -> JSONResponse:
    who = path_value(request, "resident", Resident)
    scope: Scope = "content" if request.query_params.get("scope") == "content" else "reminders"
    return JSONResponse({"next": first_of(reminders, who, scope)})


def _told(reminders: Reminders, request: HttpRequest, content: None) -> JSONResponse:
    try:
        who: str = TypeAdapter(Resident).validate_python(request.query_params.get("resident"))
    except ValidationError:
        raise Missing("no such resident") from None
    return JSONResponse({"reminder": talking.told(reminders, who, _id(request))})


def _answer(reminders: Reminders, request: HttpRequest, content: AnswerRequest) -> JSONResponse:
    key, said = content.idempotency_key, content.answer
    return JSONResponse(talking.answer(reminders, content.resident, _id(request), said, key))


def _again(reminders: Reminders, request: HttpRequest, content: AgainRequest) -> JSONResponse:
    wish = talking.Moment(content.day, content.in_days, content.part, content.time)
    return JSONResponse(talking.ask_again(reminders, content.resident, _id(request), wish, content.idempotency_key))


def _id(request: HttpRequest) -> int:
    return int(path_value(request, "reminder", ReminderId))
