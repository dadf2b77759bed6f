"""SMART Backend Services: a signed assertion buys a short-lived token, which goes to the FHIR server and nowhere else.

https://hl7.org/fhir/smart-app-launch/backend-services.html (2.2.0). Nothing of a token stands in a log or an error.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlsplit

import jwt
import requests
from requests.auth import AuthBase

from latido.fhir.errors import NeverSent, NotFhir, Unauthorized
from latido.fhir.keys import ClientKey

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_SECONDS = 240
"""How long an assertion holds; the standard allows 300."""
TOKEN_TIMEOUT = (2.0, 5.0)
_UNSAID_EXPIRY_S = 300.0
_RENEW_BEFORE_S = 30.0
_REFUSED_S = 15.0
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True)
class Client:
    """Who Latido is at the authorization server. `token_url` unset: discovered."""

    client_id: str
    key: ClientKey
    scopes: str
    token_url: str | None = None


@dataclass(frozen=True)
class Token:
    """An access token, until when to use it (on the monotonic clock), and the scopes it was given for."""

    value: str = field(repr=False)
    until: float
    scopes: str


class TokenSource(Protocol):
    """Where a bearer token comes from."""

    def current(self) -> str:
        """A token to send now; NeverSent or Unauthorized when there is none."""

    def renewed(self, refused: str) -> str | None:
        """Another token than the refused one; None when there can be none."""


class StaticToken:
    """A token that somebody handed out once and for all."""

    def __init__(self, value: str) -> None:
        self._value = value

    def current(self) -> str:
        """The token."""
        return self._value

    def renewed(self, refused: str) -> str | None:
        """None: there is only this one."""
        return None


class BackendServices:
    """Tokens of the authorization server, kept until shortly before they expire; one request at a time asks for one."""

    def __init__(
        self,
        base_url: str,
        client: Client,
        session: requests.Session,
        monotonic: Callable[[], float] = time.monotonic,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._client = client
        self._session = session
        self._monotonic = monotonic
        self._now = now
        self._token_url = client.token_url
        self._token: Token | None = None
        self._refused: tuple[float, str] | None = None
        self._lock = threading.Lock()

    @property
    def granted(self) -> str | None:
        """The scopes of the token in use; None before the first."""
        return self._token.scopes if self._token else None

    def current(self) -> str:
        """A token that still holds, fetched when there is none."""
        with self._lock:
            if self._token is None or self._monotonic() >= self._token.until:
                self._token = self._fetch_or_wait()
            return self._token.value

    def renewed(self, refused: str) -> str | None:
        """A new token, unless another caller has fetched one since `refused` was sent."""
        with self._lock:
            if self._token is None or self._token.value == refused:
                self._token = None
                self._token = self._fetch_or_wait()
            return self._token.value

    def _fetch_or_wait(self) -> Token:
        """A token; a refusal is believed for a while, for a server may lock out who keeps knocking."""
        if self._refused is not None and self._monotonic() < self._refused[0]:
            raise Unauthorized(self._refused[1])
        try:
            token = self._fetch()
        except Unauthorized as error:
            self._refused = (self._monotonic() + _REFUSED_S, str(error))
            raise
        self._refused = None
        return token

    def _fetch(self) -> Token:
        url = self._token_url or discover_token_url(self._base_url, self._session)
        self._token_url = url
        form = {
            "grant_type": "client_credentials",
            "scope": self._client.scopes,
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": self._assertion(url),
        }
        response = _ask(self._session, "POST", url, data=form)
        if response.status_code >= 400:
            raise _refusal(response)
        return self._read(_json(response))

    def _assertion(self, token_url: str) -> str:
        now, key, client_id = int(self._now()), self._client.key, self._client.client_id
        claims = {
            "iss": client_id,
            "sub": client_id,
            "aud": token_url,
            "iat": now,
            "exp": now + ASSERTION_SECONDS,
            "jti": uuid.uuid4().hex,
        }
        return jwt.encode(claims, key.private_key, algorithm=key.algorithm, headers={"kid": key.key_id})

    def _read(self, content: dict[str, Any]) -> Token:
        value, kind = content.get("access_token"), str(content.get("token_type", "bearer"))
        if not isinstance(value, str) or not value or kind.lower() != "bearer":
            raise Unauthorized("the authorization server gave no bearer token")
        said = content.get("expires_in")
        seconds = float(said) if isinstance(said, int | float | str) and _is_number(said) else _UNSAID_EXPIRY_S
        # A token of a few seconds is used for half of them.
        until = self._monotonic() + max(seconds - _RENEW_BEFORE_S, seconds / 2)
        return Token(value, until, str(content.get("scope") or self._client.scopes))


class BearerAuth(AuthBase):
    """Puts the token on requests to one FHIR server only; a 401 is tried once more with a new token."""

    def __init__(self, base_url: str, tokens: TokenSource) -> None:
        self._origin = origin(base_url)
        self._tokens = tokens

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """The request with the token, if it goes to our server."""
        if origin(request.url or "") == self._origin:
            request.headers["Authorization"] = f"Bearer {self._tokens.current()}"
            request.register_hook("response", self._try_anew)  # type: ignore[no-untyped-call]
        return request

    def _try_anew(self, response: requests.Response, **options: Any) -> requests.Response:
        sent = str(response.request.headers.get("Authorization", "")).removeprefix("Bearer ")
        if response.status_code != 401 or not sent:
            return response
        token = self._tokens.renewed(sent)
        if token is None:
            return response
        _ = response.content  # read to its end, so that the connection serves again
        again = response.request.copy()
        again.headers["Authorization"] = f"Bearer {token}"
        answer: requests.Response = response.connection.send(again, **options)
        answer.history.append(response)
        answer.request = again
        return answer


def discover_token_url(base_url: str, session: requests.Session) -> str:
    """The token endpoint that the server's `.well-known/smart-configuration` names; NotFhir when it names none."""
    response = _ask(
        session, "GET", f"{base_url}/.well-known/smart-configuration", headers={"Accept": "application/json"}
    )
    if response.status_code >= 500:
        raise NeverSent(f"smart-configuration: {response.status_code}", response.status_code)
    found = _json(response).get("token_endpoint") if response.status_code < 400 else None
    if not isinstance(found, str) or not is_safe(found):
        raise NotFhir("the server's smart-configuration names no https token_endpoint: set LATIDO_FHIR_TOKEN_URL")
    return found


def origin(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port of a URL, the default ports filled in."""
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or {"https": 443, "http": 80}.get(parts.scheme)


def is_safe(url: str) -> bool:
    """Whether a secret may go there: https, or this very machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)


def _ask(session: requests.Session, method: str, url: str, **options: Any) -> requests.Response:
    try:
        return session.request(method, url, timeout=TOKEN_TIMEOUT, allow_redirects=False, **options)
    except requests.RequestException as error:
        # Whatever happened to the token, the FHIR call itself was never made. `from None`: the original holds the URL.
        raise NeverSent(f"the authorization server cannot be reached ({type(error).__name__})") from None


def _refusal(response: requests.Response) -> NeverSent | Unauthorized:
    status = response.status_code
    if status >= 500 or status == 429:
        return NeverSent(f"the authorization server cannot answer now ({status})", status)
    code = _json(response).get("error")
    # OAuth's error codes are words; anything else might repeat what we sent.
    said = code if isinstance(code, str) and code.replace("_", "").isalpha() and len(code) < 40 else "no reason given"
    return Unauthorized(f"the authorization server refuses Latido ({status}, {said})", status)


def _json(response: requests.Response) -> dict[str, Any]:
    try:
        content = response.json()
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _is_number(value: float | str) -> bool:
    try:
        return float(value) > 0
    except ValueError:
        return False
