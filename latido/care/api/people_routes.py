"""The routes about the people of a phone."""

from __future__ import annotations

from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from latido.care.api.endpoints import path_value, route
from latido.care.api.models import PersonId, Resident
from latido.care.api.people_models import (
    BirthRequest,
    ChildRequest,
    LossRequest,
    OnlyKeyRequest,
    PregnancyRequest,
    ScheduleRequest,
)
from latido.care.errors import Invalid
from latido.care.life_course import births, children, losses, pregnancies, schedules
from latido.care.life_course.forgetting import forget
from latido.care.services import Care


def people_routes(care: Care) -> list[Route]:
    """The routes, relative to /care/v1."""
    return [
        route(care, "/residents/{resident}/pregnancies", "POST", _pregnancy, PregnancyRequest),
        route(care, "/residents/{resident}/children", "POST", _child, ChildRequest),
        route(care, "/residents/{resident}/births", "POST", _birth, BirthRequest),
        route(care, "/residents/{resident}/losses", "POST", _loss, LossRequest),
        route(care, "/residents/{resident}/losses/undo", "POST", _undo, OnlyKeyRequest),
        route(care, "/residents/{resident}/people/{person}/forget", "POST", _forget, OnlyKeyRequest),
        route(care, "/residents/{resident}/schedule", "GET", _schedule),
        route(care, "/schedules", "POST", _schedule_of_nobody, ScheduleRequest),
    ]


def _pregnancy(care: Care, request: Request, content: PregnancyRequest) -> JSONResponse:
    age = content.gestational_age.exact_value(care.local_now().date()) if content.gestational_age else None
    telling = pregnancies.Telling(
        content.idempotency_key, _resident(request), content.person, content.given_name or None, age
    )
    answer, is_new = pregnancies.tell(care, telling)
    return JSONResponse(answer, status_code=201 if is_new else 200)


def _child(care: Care, request: Request, content: ChildRequest) -> JSONResponse:
    child = children.Child(
        content.idempotency_key, _resident(request), content.child, content.given_name or None, content.birth_date
    )
    answer, is_new = children.tell(care, child)
    return JSONResponse(answer, status_code=201 if is_new else 200)


def _birth(care: Care, request: Request, content: BirthRequest) -> JSONResponse:
    names = tuple(each.given_name or None for each in content.children)
    birth = births.Birth(content.idempotency_key, _resident(request), content.mother, content.born_on, names)
    answer, is_new = births.tell(care, birth)
    return JSONResponse(answer, status_code=201 if is_new else 200)


def _loss(care: Care, request: Request, content: LossRequest) -> JSONResponse:
    loss = losses.Loss(content.idempotency_key, _resident(request), content.of, content.person)
    answer, is_new = losses.tell(care, loss)
    return JSONResponse(answer, status_code=201 if is_new else 200)


def _undo(care: Care, request: Request, content: OnlyKeyRequest) -> JSONResponse:
    return JSONResponse(losses.undo(care, _resident(request), content.idempotency_key))


def _forget(care: Care, request: Request, content: OnlyKeyRequest) -> JSONResponse:
    person = path_value(request, "person", PersonId)
    return JSONResponse(forget(care, _resident(request), person, content.idempotency_key))


def _schedule(care: Care, request: Request, content: None) -> JSONResponse:
    try:
        person: str = TypeAdapter(PersonId).validate_python(request.query_params.get("person"))
    except ValidationError:
        raise Invalid("say whose schedule: ?person=self or another of her people's ids") from None
    return JSONResponse(schedules.schedule_of(care, _resident(request), person))


def _schedule_of_nobody(care: Care, request: Request, content: ScheduleRequest) -> JSONResponse:
    age = content.gestational_age.exact_value(care.local_now().date()) if content.gestational_age else None
    return JSONResponse(schedules.schedule_by(care, age, content.birth_date))


def _resident(request: Request) -> str:
    return path_value(request, "resident", Resident)
