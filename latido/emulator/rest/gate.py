"""The door of every REST call: reads it, writes it down, checks the credentials, lets the faults happen."""

import asyncio
import base64
import binascii
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from latido.emulator.connection import drop
from latido.emulator.errors import RestError
from latido.emulator.faults import RestFault
from latido.emulator.requests_log import RestRecord
from latido.emulator.state import Emulator

HELD_BACK = {"too_many_requests": 20429, "server_error": 20500}


@dataclass(frozen=True)
class Call:
    """A REST call; `form` and `query` keep repeated fields."""

    method: str
    path: str
    ids: dict[str, str]
    query: dict[str, list[str]]
    form: dict[str, list[str]]
    json: Any = None

    def one(self, name: str) -> str:
        """The last value of a form field, or an empty string."""
        return self.form.get(name, [""])[-1]

    def asked(self, name: str) -> str:
        """The last value of a query parameter, or an empty string."""
        return self.query.get(name, [""])[-1]


@dataclass(frozen=True)
class Answer:
    """What a handler answers: JSON, bytes, or nothing but a status."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    content_type: str = ""

    def response(self) -> Response:
        """The same as a Starlette response."""
        if self.raw is not None:
            return Response(self.raw, self.status, self.headers, media_type=self.content_type)
        if self.body is None:
            return Response(status_code=self.status, headers=self.headers)
        return JSONResponse(self.body, self.status, self.headers)


Handler = Callable[[Emulator, Call], Answer]


def endpoint(resource: str, handler: Handler) -> Callable[[Request], Any]:
    """A Starlette endpoint around a handler that knows nothing of HTTP."""

    async def serve(request: Request) -> Response:
        emulator: Emulator = request.app.state.emulator
        call = _call(request, await request.body())
        record = _record(emulator, call)
        emulator.meters.concurrent += 1
        one_way = emulator.faults.rest_delay_ms / 2000
        try:
            await _travel(one_way)
            response = await _pass(emulator, resource, handler, request, call, record)
            await _travel(one_way)
            return response
        finally:
            emulator.meters.concurrent -= 1
            emulator.log_request(record)

    return serve


async def _travel(seconds: float) -> None:
    if seconds:
        await asyncio.sleep(seconds)


async def _pass(
    emulator: Emulator, resource: str, handler: Handler, request: Request, call: Call, record: RestRecord
) -> Response:
    fault = emulator.faults.rest_fault(resource, call.method)
    record.fault = fault.kind if fault else None
    if fault and fault.kind == "reset":
        return await drop(request)
    if fault and fault.kind == "timeout":
        return await _hold(request, fault)
    answer = _answer(emulator, handler, request, call, fault)
    record.status, record.response = answer.status, answer.body
    if fault and fault.kind == "timeout_after_accepting":
        return await _hold(request, fault)
    if fault and fault.kind == "reset_after_accepting":
        return await drop(request)
    if fault and fault.kind == "error_after_accepting":
        return _refused(RestError(20500)).response()
    return answer.response()


def _answer(emulator: Emulator, handler: Handler, request: Request, call: Call, fault: RestFault | None) -> Answer:
    limit = emulator.limits.concurrent_requests
    headers = {"Twilio-Concurrent-Requests": str(emulator.meters.concurrent)}
    try:
        _authenticate(emulator, request, call)
        if fault and fault.kind in HELD_BACK:
            raise RestError(HELD_BACK[fault.kind])
        if limit is not None and emulator.meters.concurrent > limit:
            raise RestError(20429)
        answer = handler(emulator, call)
    except RestError as error:
        answer = _refused(error)
    return Answer(answer.status, answer.body, headers | answer.headers, answer.raw, answer.content_type)


def _refused(error: RestError) -> Answer:
    challenge = {"WWW-Authenticate": 'Basic realm="Twilio API"'} if error.status == 401 else {}
    return Answer(error.status, error.body(), challenge)


def _authenticate(emulator: Emulator, request: Request, call: Call) -> None:
    user, password = _credentials(request.headers.get("Authorization", ""))
    known = user in (emulator.config.account_sid, call.ids.get("account")) or user.startswith("SK")
    right = secrets.compare_digest(password.encode(), emulator.config.auth_token.encode())
    if not (known and right):
        raise RestError(20003)
    if call.ids.get("account", emulator.config.account_sid) != emulator.config.account_sid:
        raise RestError(20404, what=call.path)


def _credentials(header: str) -> tuple[str, str]:
    scheme, _, encoded = header.partition(" ")
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return (user, password) if scheme.lower() == "basic" else ("", "")


def _call(request: Request, body: bytes) -> Call:
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    text = body.decode("utf-8", "replace")
    form = parse_qs(text, keep_blank_values=True) if kind == "application/x-www-form-urlencoded" else {}
    data = _json(text) if kind == "application/json" else None
    query = parse_qs(request.url.query, keep_blank_values=True)
    return Call(request.method, request.url.path, dict(request.path_params), query, form, data)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _record(emulator: Emulator, call: Call) -> RestRecord:
    form = call.form if call.form or call.json is None else None
    number = emulator.request_count + 1
    return RestRecord(number, emulator.now(), call.method, call.path, call.query, form, call.json)


async def _hold(request: Request, fault: RestFault) -> Response:
    await asyncio.sleep(fault.hold_seconds)
    return await drop(request)
