"""The routes by which the dialogue answers a notice: those of a reminder, for ids like `c17` (docs/wires.md)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from pydantic import StringConstraints, TypeAdapter, ValidationError
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse
from starlette.routing import Route

from latido.campaigns import talking
from latido.campaigns.parts import Campaigns
from latido.care.api.endpoints import path_value, route
from latido.care.api.models import Resident
from latido.care.errors import Missing
from latido.care.services import Care
from latido.messaging.templates.answers import NOTICE_PREFIX
from latido.reminders.api import AgainRequest, AnswerRequest

NoticeId = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,17}$")]
AT = f"/reminders/{NOTICE_PREFIX}{{notice}}"


def notice_routes(campaigns: Campaigns) -> list[Route]:
    """The routes, to stand before those of reminders; who may call them is checked before."""

    def bound(handler: Callable[..., JSONResponse]) -> Callable[..., JSONResponse]:
        def with_campaigns(care: Care, request: HttpRequest, content: object) -> JSONResponse:
            return handler(campaigns, request, content)

        return with_campaigns

    care = campaigns.care
    return [
        route(care, AT, "GET", bound(_told)),
        route(care, f"{AT}/answer", "POST", bound(_answer), AnswerRequest),
        route(care, f"{AT}/again", "POST", bound(_again), AgainRequest),
    ]


def _told(campaigns: Campaigns, request: HttpRequest, content: None) -> JSONResponse:
    try:
        who: str = TypeAdapter(Resident).validate_python(request.query_params.get("resident"))
    except ValidationError:
        raise Missing("no such resident") from None
    return JSONResponse({"reminder": talking.told(campaigns, who, _id(request))})


def _answer(campaigns: Campaigns, request: HttpRequest, content: AnswerRequest) -> JSONResponse:
    key, said = content.idempotency_key, content.answer
    return JSONResponse(talking.answer(campaigns, content.resident, _id(request), said, key))


def _again(campaigns: Campaigns, request: HttpRequest, content: AgainRequest) -> JSONResponse:
    return JSONResponse(talking.ask_again(campaigns, content.resident, _id(request)))


def _id(request: HttpRequest) -> int:
    return int(path_value(request, "notice", NoticeId))
