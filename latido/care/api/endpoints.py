"""What every endpoint does: read the body, call one handler in a thread, translate errors."""

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

from latido.care.api.errors import error_response, of_database, of_fhir, of_validation
from latido.care.errors import CareError, Invalid, Missing
from latido.care.services import Care
from latido.fhir.errors import FhirError

LARGEST_BODY = 64 * 1024
Handler = Callable[[Care, Request, Any], JSONResponse]
Endpoint = Callable[[Request], Awaitable[Response]]


def route(care: Care, path: str, method: str, handler: Handler, model: type[BaseModel] | None = None) -> Route:
    """A route whose body, if it takes one, is of this model."""
    return Route(path, _endpoint(care, handler, model), methods=[method])


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
        content = json.loads(bytes(body))
    # Any ValueError: no UTF-8, no JSON, or a number of thousands of digits.
    except (ValueError, RecursionError):
        raise Invalid("the body is not JSON") from None
    return model.model_validate(content)


def path_value(request: Request, name: str, kind: Any) -> str:
    """A part of the path; Missing when it cannot name anything."""
    try:
        value: str = TypeAdapter(kind).validate_python(request.path_params[name])
    except ValidationError:
        raise Missing(f"no such {name}") from None
    return value
