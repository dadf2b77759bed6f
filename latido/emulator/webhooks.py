"""Twilio's webhook client: signs, calls, retries as the URL asks, falls back, and writes down what happened."""

import hmac
import time
import uuid
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlencode, urljoin

import aiohttp
from yarl import URL

from latido.emulator.overrides import Overrides, split_overrides

REDIRECTS = frozenset({301, 302, 303, 307, 308})
HEADERS = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8", "User-Agent": "TwilioProxy/1.1"}


@dataclass(frozen=True)
class Attempt:
    """One try: a status, or why there was none (`ct` could not connect, `rt` no answer in time)."""

    failure: str
    status: int | None = None
    content_type: str = ""
    body: str = ""
    milliseconds: int = 0

    @property
    def ok(self) -> bool:
        """Whether the bridge took it."""
        return self.failure == ""


@dataclass
class WebhookCall:
    """A webhook as it went out, with every try; `error_code` is what Twilio's debugger would show."""

    kind: str
    sid: str
    url: str
    form: Mapping[str, str]
    signature: str
    at: datetime
    attempts: list[Attempt] = field(default_factory=list)
    error_code: int | None = None

    @property
    def ok(self) -> bool:
        """Whether the last try succeeded."""
        return bool(self.attempts) and self.attempts[-1].ok

    @property
    def status(self) -> int | None:
        """The HTTP status of the last try, if there was one."""
        return self.attempts[-1].status if self.attempts else None


def sign(auth_token: str, url: str, form: Mapping[str, str]) -> str:
    """Twilio's signature of a form POST; blank values count."""
    signed = "".join([url, *(f"{name}{form[name]}" for name in sorted(form))])
    return b64encode(hmac.digest(auth_token.encode(), signed.encode(), "sha1")).decode()


class WebhookClient:
    """Calls webhooks with one pool of connections, kept for less than a server's usual five seconds."""

    def __init__(self, auth_token: str) -> None:
        self._auth_token = auth_token
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """Give the connections back."""
        if self._session is not None:
            await self._session.close()

    async def call(self, call: WebhookCall, retry_on_timeout: bool = False) -> WebhookCall:
        """Make the call with the tries its URL asks for; the same object comes back, filled."""
        call.url, overrides = split_overrides(call.url)
        call.signature = sign(self._auth_token, call.url, call.form)
        if retry_on_timeout:
            overrides = _retrying_timeouts(overrides)
        await self._tries(call, overrides)
        call.error_code = _error_code(call.attempts[-1])
        return call

    async def send_as_is(self, call: WebhookCall) -> WebhookCall:
        """One try with the signature that the call already carries, valid or not; empty: no header."""
        call.url, overrides = split_overrides(call.url)
        call.attempts.append(await self._try(call, overrides, overrides.total_ms, str(uuid.uuid4())))
        call.error_code = _error_code(call.attempts[-1])
        return call

    async def _tries(self, call: WebhookCall, overrides: Overrides) -> None:
        idempotency, deadline = str(uuid.uuid4()), time.monotonic() + overrides.total_ms / 1000
        for _ in range(overrides.retries + 1):
            left_ms = int((deadline - time.monotonic()) * 1000)
            if call.attempts and left_ms <= 0:
                break
            attempt = await self._try(call, overrides, max(left_ms, 1), idempotency)
            call.attempts.append(attempt)
            if attempt.ok or not overrides.retries_after(attempt.failure):
                break

    async def _try(self, call: WebhookCall, overrides: Overrides, left_ms: int, idempotency: str) -> Attempt:
        timeout = aiohttp.ClientTimeout(
            total=left_ms / 1000, sock_connect=overrides.connect_ms / 1000, sock_read=overrides.read_ms / 1000
        )
        headers = HEADERS | {"I-Twilio-Idempotency-Token": idempotency}
        if call.signature:
            headers["X-Twilio-Signature"] = call.signature
        started = time.monotonic()
        try:
            return await self._post(call, headers, timeout, started)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            return Attempt("ct", milliseconds=_since(started))
        except (TimeoutError, aiohttp.ClientError):
            return Attempt("rt", milliseconds=_since(started))

    async def _post(
        self, call: WebhookCall, headers: dict[str, str], timeout: aiohttp.ClientTimeout, started: float
    ) -> Attempt:
        session, url = self._open(), URL(call.url, encoded=True)
        data = urlencode(call.form).encode()
        async with session.post(url, data=data, headers=headers, timeout=timeout, allow_redirects=False) as answer:
            if answer.status not in REDIRECTS:
                return await _attempt(answer, started)
            target = urljoin(call.url, answer.headers.get("Location", ""))
        # Twilio follows a redirect with GET and loses the form on the way.
        async with session.get(URL(target, encoded=True), timeout=timeout, allow_redirects=False) as answer:
            return await _attempt(answer, started)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(limit=0, limit_per_host=256, keepalive_timeout=2.0)
            self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        return self._session


async def _attempt(answer: aiohttp.ClientResponse, started: float) -> Attempt:
    body = (await answer.content.read(64 * 1024 + 1)).decode("utf-8", "replace")
    failure = "" if answer.status < 400 else f"{answer.status // 100}xx"
    return Attempt(failure, answer.status, answer.content_type, body, _since(started))


def _error_code(attempt: Attempt) -> int | None:
    if attempt.ok:
        return None
    return 11205 if attempt.failure in ("ct", "rt") else 11200


def _retrying_timeouts(overrides: Overrides) -> Overrides:
    return Overrides(
        overrides.connect_ms,
        min(overrides.read_ms, 5_000),
        overrides.total_ms,
        max(overrides.retries, 1),
        overrides.retry_on | {"rt"},
    )


def _since(started: float) -> int:
    return int((time.monotonic() - started) * 1000)
