"""The server's HTTP routes for Starlette. Authentication is the caller's: mount them behind the bearer token."""

from starlette.concurrency import run_in_threadpool
from starlette.convertors import PathConvertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from latido.fhir.server.answers import Fault, FhirResponse, json_response, operation_outcome
from latido.fhir.server.core import FhirServer

MAX_BODY = 16 * 1024 * 1024


def routes(server: FhirServer, prefix: str = "") -> list[Route]:
    """Routes under `prefix` ("/fhir/R4"), or for a Mount at the base when it is empty. Work runs in a thread."""
    endpoint = _Endpoint(server, prefix)
    return [
        Route(prefix or "/", endpoint, name="fhir_base"),
        Route(f"{prefix}/{{path:anything}}", endpoint, name="fhir"),
    ]


class _Anything(PathConvertor):
    """Also the line breaks that a path may hold encoded: Starlette's own answer to those would be no FHIR."""

    regex = "(?s:.*)"


register_url_convertor("anything", _Anything())


class _Endpoint:
    """An ASGI application, not a function: so every method comes here, and the server refuses in FHIR's terms."""

    def __init__(self, server: FhirServer, prefix: str) -> None:
        self._server = server
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await (await self._answer(Request(scope, receive)))(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        body = await _body(request)
        if body is None:
            return _response(_too_large())
        path = request.path_params.get("path", "")
        base = str(request.url.replace(path=request.scope.get("root_path", "") + self._prefix, query="", fragment=""))
        query = request.scope.get("query_string", b"").decode("latin-1")
        handle = self._server.handle
        headers = dict(request.headers)
        return _response(await run_in_threadpool(handle, request.method, path, query, headers, body, base))


async def _body(request: Request) -> bytes | None:
    """The body, None when it is longer than MAX_BODY."""
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BODY:
            return None
        parts.append(part)
    return b"".join(parts)


def _too_large() -> FhirResponse:
    fault = Fault("", "too-long", f"a body has {MAX_BODY} bytes at most: send several transactions")
    return json_response(413, operation_outcome([fault]))


def _response(answer: FhirResponse) -> Response:
    return Response(answer.body, answer.status, dict(answer.headers))
