"""Asking a service of the city about a place: one short GET, remembered for a day, left alone while it fails.

What is asked is where somebody lives: it is never logged and stands in no error message.
"""

from __future__ import annotations

import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError

from latido.breaker import CircuitBreaker
from latido.telemetry.counting import watch_breaker

BROWSER_LIKE = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36"
TIMEOUT_S = 2.0
CACHE_ENTRIES = 2048
CACHE_SECONDS = 24 * 3600.0
LARGEST_ANSWER = 256 * 1024
CHUNK = 16 * 1024

Found = TypeVar("Found")


class LookupUnavailable(Exception):
    """The service does not answer, or not in its documented shape: say the place in another way."""


class Lookup(Generic[Found]):
    """One service. `read` makes sense of its JSON and raises ValueError when it is not the service's."""

    def __init__(
        self,
        url: str,
        read: Callable[[Any], Found],
        session: requests.Session | None = None,
        timeout_s: float = TIMEOUT_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = url
        self._read = read
        self._session = session or requests.Session()
        self._timeout_s = timeout_s
        self._monotonic = monotonic
        self._breaker = CircuitBreaker(monotonic)
        watch_breaker(urlsplit(url).hostname or "addresses", lambda: self._breaker.is_open)
        self._cache: OrderedDict[str, tuple[float, Found]] = OrderedDict()
        self._lock = threading.Lock()

    def ask(self, key: str, params: Mapping[str, str]) -> Found:
        """What the service says to these parameters, or said to this key today; LookupUnavailable when it is down."""
        known = self._remembered(key)
        if known is not None:
            return known
        if not self._breaker.may_call():
            raise LookupUnavailable("the service failed repeatedly; it is tried again shortly")
        try:
            found = self._read(json.loads(self._answer(params)))
        except (requests.RequestException, HTTPError, OSError, ValueError, RecursionError) as error:
            self._breaker.failed()
            # `from None`: the original's message holds what was asked.
            raise LookupUnavailable(f"no usable answer ({type(error).__name__})") from None
        self._breaker.succeeded()
        self._remember(key, found)
        return found

    def _answer(self, params: Mapping[str, str]) -> bytes:
        """The body of a 200, within the time and the size; a server that drips is not waited for either."""
        until = time.monotonic() + self._timeout_s
        with self._session.get(
            self._url,
            params=dict(params),
            headers={"User-Agent": BROWSER_LIKE, "Accept": "application/json"},
            timeout=(self._timeout_s / 2, self._timeout_s),
            allow_redirects=False,
            stream=True,
        ) as answer:
            if answer.status_code != requests.codes.ok:
                raise ValueError("not a 200")
            body = bytearray()
            while chunk := answer.raw.read1(CHUNK, decode_content=True):
                body += chunk
                if len(body) > LARGEST_ANSWER or time.monotonic() > until:
                    raise ValueError("too slow or too large")
            return bytes(body)

    def _remembered(self, key: str) -> Found | None:
        with self._lock:
            until, found = self._cache.get(key, (0.0, None))
            return found if until > self._monotonic() else None

    def _remember(self, key: str, found: Found) -> None:
        with self._lock:
            self._cache[key] = (self._monotonic() + CACHE_SECONDS, found)
            self._cache.move_to_end(key)
            while len(self._cache) > CACHE_ENTRIES:
                self._cache.popitem(last=False)
