"""One request, one answer, and the translation of what went wrong into `latido.fhir.errors`."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from latido.fhir.errors import (
    Busy,
    Conflict,
    FhirError,
    Gone,
    NeverSent,
    NotFhir,
    NotFound,
    OutcomeUnknown,
    Refused,
    Unauthorized,
)
from latido.fhir.resilience import Resilience
from latido.fhir.resources import FHIR_JSON, Resource, issues

_BY_STATUS: Mapping[int, type[FhirError]] = {
    401: Unauthorized,
    403: Unauthorized,
    404: NotFound,
    409: Conflict,
    410: Gone,
    412: Conflict,
}


@dataclass(frozen=True)
class Answer:
    """A successful answer: its status, its JSON object if any, and the `Location` header."""

    status: int
    body: Resource | None
    location: str | None

    def expect(self, kind: str) -> Resource:
        """The body, which must be a resource of this type; NotFhir otherwise."""
        if self.body is None or self.body.get("resourceType") != kind:
            raise NotFhir(f"expected a {kind}, the answer is something else", self.status)
        return self.body


class Exchange:
    """Sends requests over one session with one time-out (connect, read; seconds)."""

    def __init__(
        self, session: requests.Session, timeout: tuple[float, float], resilience: Resilience | None = None
    ) -> None:
        self._session = session
        self._timeout = timeout
        self._resilience = resilience

    def read(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        """The answer to a request that changes nothing; Busy when it may simply be repeated."""
        return self._send(method, url, headers, body, writes=False)

    def write(self, method: str, url: str, headers: Mapping[str, str], body: Resource | list[Resource]) -> Answer:
        """The answer to a request that changes something; OutcomeUnknown when nobody can tell whether it did."""
        return self._send(method, url, headers, _as_bytes(body), writes=True)

    def ask(self, method: str, url: str, headers: Mapping[str, str], body: Resource | list[Resource]) -> Answer:
        """As `read`, for a question that is put as a resource."""
        return self._send(method, url, headers, _as_bytes(body), writes=False)

    def _send(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, writes: bool) -> Answer:
        if self._resilience is None:
            return self._send_once(method, url, headers, body, writes)
        return self._resilience.call(lambda: self._send_once(method, url, headers, body, writes), writes)

    def _send_once(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, writes: bool) -> Answer:
        name = _call_name(method, url)
        try:
            # A redirected write would go on as a GET, and look like one that was done.
            response = self._session.request(
                method,
                url,
                data=body,
                headers={"Accept": FHIR_JSON} | dict(headers),
                timeout=self._timeout,
                allow_redirects=not writes,
            )
        except requests.RequestException as error:
            # `from None`: the original's message holds the URL.
            raise _translate(error, name, writes) from None
        return _judge(response, name, writes)


def _as_bytes(body: Resource | list[Resource]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _call_name(method: str, url: str) -> str:
    """The call without its query: what may be shown and logged."""
    return f"{method} {urlsplit(url).path}"


def _translate(error: requests.RequestException, name: str, writes: bool) -> FhirError:
    if _never_left(error):
        return NeverSent(f"{name}: the health service cannot be reached ({type(error).__name__})")
    kind = OutcomeUnknown if writes else Busy
    return kind(f"{name}: the answer was lost ({type(error).__name__})")


def _never_left(error: requests.RequestException) -> bool:
    kinds = (requests.ConnectTimeout, requests.exceptions.SSLError, requests.exceptions.ProxyError)
    if isinstance(error, (*kinds, ValueError)):
        return True
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    return isinstance(reason, NewConnectionError | ConnectTimeoutError)


def _judge(response: requests.Response, name: str, writes: bool) -> Answer:
    body = _json_object(response)
    if writes and response.is_redirect:
        raise NotFhir(
            f"{name}: {response.status_code}, the server is elsewhere: correct the base URL", response.status_code
        )
    if response.status_code < 400:
        return Answer(response.status_code, body, response.headers.get("Location"))
    outcome = body if body and body.get("resourceType") == "OperationOutcome" else None
    raise _error(response, name, outcome, writes)


def _json_object(response: requests.Response) -> Resource | None:
    try:
        body = json.loads(response.content) if response.content else None
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def _error(response: requests.Response, name: str, outcome: Resource | None, writes: bool) -> FhirError:
    status = response.status_code
    if status >= 500 and status != 503 and writes:
        return OutcomeUnknown(_message(name, status, outcome), status, outcome)
    error = error_of_status(status, name, outcome)
    if isinstance(error, Busy):
        error.retry_after = _retry_after(response)
    return error or Refused(_message(name, status, outcome), status, outcome)


def error_of_status(status: int, name: str, outcome: Resource | None) -> FhirError | None:
    """What the status of an answer to a read says went wrong, None for an answer; `name` is the call's, for people."""
    if 200 <= status < 400:
        return None
    if status in (0, 429) or status >= 500:
        return Busy(_message(name, status, outcome), status, outcome)
    return _BY_STATUS.get(status, Refused)(_message(name, status, outcome), status, outcome)


def _message(name: str, status: int, outcome: Resource | None) -> str:
    # Codes and places only: a foreign server's diagnostics may repeat what we sent.
    said = "; ".join(f"{code} {place}".strip() for code, place, _ in issues(outcome))
    return f"{name}: {status}" + (f" ({said})" if said else "")


def _retry_after(response: requests.Response) -> float | None:
    value = response.headers.get("Retry-After", "").strip()
    if value.isdigit():
        return float(value)
    try:
        return max(0.0, (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
