"""The way to the embedded server inside its own process: no HTTP call to oneself."""

from collections.abc import Mapping
from io import BytesIO
from typing import Protocol
from urllib.parse import unquote, urlsplit

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

IN_PROCESS_BASE = "http://fhir.embedded/fhir/R4"
"""The base URL by which a client in the same process names the embedded server. It is never resolved."""


class ServerAnswer(Protocol):
    """What the embedded server gives back."""

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The HTTP headers."""

    @property
    def body(self) -> bytes:
        """The JSON, or nothing."""


class Handler(Protocol):
    """The embedded server's core, as far as a transport needs it."""

    def handle(
        self,
        method: str,
        path: str,
        query_string: str,
        headers: Mapping[str, str],
        body: bytes,
        base_url: str | None = None,
    ) -> ServerAnswer:
        """The answer to one request; `path` is relative to the base."""


class InProcessAdapter(BaseAdapter):
    """Hands each prepared request to the embedded server's core, in the calling thread."""

    def __init__(self, server: Handler, base_url: str = IN_PROCESS_BASE) -> None:
        super().__init__()
        self._server = server
        self._base_url = base_url

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: object = None,
        verify: object = True,
        cert: object = None,
        proxies: object = None,
    ) -> requests.Response:
        """The core's answer as a `requests` response."""
        url = urlsplit(request.url or "")
        path = unquote(url.path.removeprefix(urlsplit(self._base_url).path))
        body = request.body.encode() if isinstance(request.body, str) else request.body or b""
        headers = {name: str(value) for name, value in request.headers.items()}
        answer = self._server.handle(request.method or "GET", path, url.query, headers, bytes(body), self._base_url)
        return _response(request, answer)

    def close(self) -> None:
        """Nothing is held open."""


def _response(request: requests.PreparedRequest, answer: ServerAnswer) -> requests.Response:
    response = requests.Response()
    response.status_code = answer.status
    response.headers = CaseInsensitiveDict(answer.headers)
    response.raw = BytesIO(answer.body)
    response.url = request.url or ""
    response.request = request
    return response


def in_process_session(server: Handler, base_url: str = IN_PROCESS_BASE) -> requests.Session:
    """A session whose calls to `base_url` reach the embedded server directly."""
    session = requests.Session()
    session.trust_env = False
    session.mount(base_url, InProcessAdapter(server, base_url))
    return session
