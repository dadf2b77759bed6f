"""The city's address normaliser (USIG) behind an adapter: short time-out, cache, circuit breaker.

Its traps: `x` is the longitude; coordinates are strings; the whole metropolitan area is searched; no match is a 200
with an empty list; a bare User-Agent is refused; a street without a door number has no point.
"""

from __future__ import annotations

import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests

from latido.breaker import CircuitBreaker
from latido.care.places.geometry import Point
from latido.care.places.names import normalise

BROWSER_LIKE = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36"
TIMEOUT_S = 2.0
MAX_OPTIONS = 3
CACHE_ENTRIES = 2048
CACHE_SECONDS = 24 * 3600.0


class GeocoderUnavailable(Exception):
    """The address service does not answer. Use a neighbourhood, a pin or a centre number instead."""


@dataclass(frozen=True)
class Address:
    """An address in the city as the normaliser writes it, with its point."""

    label: str
    point: Point


class UsigGeocoder:
    """Addresses and street corners of the city to points."""

    def __init__(
        self,
        base_url: str,
        session: requests.Session | None = None,
        timeout_s: float = TIMEOUT_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url = base_url.rstrip("/") + "/normalizar/"
        self._session = session or requests.Session()
        self._timeout_s = timeout_s
        self._monotonic = monotonic
        self._breaker = CircuitBreaker(monotonic)
        self._cache: OrderedDict[str, tuple[float, tuple[Address, ...]]] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, address: str) -> tuple[Address, ...]:
        """The addresses in the city that the words may mean, best first; GeocoderUnavailable when it is down."""
        key = normalise(address)
        known = self._remembered(key)
        if known is not None:
            return known
        if not self._breaker.may_call():
            raise GeocoderUnavailable("the address service failed repeatedly; it is tried again shortly")
        found = self._ask(address)
        self._remember(key, found)
        return found

    def _ask(self, address: str) -> tuple[Address, ...]:
        params = {"direccion": f"{address}, caba", "geocodificar": "true", "maxOptions": str(MAX_OPTIONS)}
        try:
            answer = self._session.get(
                self._url, params=params, headers={"User-Agent": BROWSER_LIKE}, timeout=self._timeout_s
            )
            answer.raise_for_status()
            found = read_answer(answer.json())
        except (requests.RequestException, ValueError) as error:
            self._breaker.failed()
            # `from None`: the original's message holds the address.
            raise GeocoderUnavailable(f"no usable answer ({type(error).__name__})") from None
        self._breaker.succeeded()
        return found

    def _remembered(self, key: str) -> tuple[Address, ...] | None:
        with self._lock:
            until, found = self._cache.get(key, (0.0, ()))
            return found if key in self._cache and until > self._monotonic() else None

    def _remember(self, key: str, found: tuple[Address, ...]) -> None:
        with self._lock:
            self._cache[key] = (self._monotonic() + CACHE_SECONDS, found)
            self._cache.move_to_end(key)
            while len(self._cache) > CACHE_ENTRIES:
                self._cache.popitem(last=False)


def read_answer(content: Any) -> tuple[Address, ...]:
    """The addresses of one answer; ValueError when it is not the normaliser's JSON."""
    if not isinstance(content, dict) or not isinstance(content.get("direccionesNormalizadas"), list):
        raise ValueError("not an answer of the address normaliser")
    found = (_address(option) for option in content["direccionesNormalizadas"] if isinstance(option, dict))
    return tuple(dict.fromkeys(address for address in found if address))


def _address(option: dict[str, Any]) -> Address | None:
    if option.get("cod_partido") != "caba":
        return None
    place = option.get("coordenadas") or {}
    try:
        point = Point(float(place["y"]), float(place["x"]))
    except (TypeError, KeyError, ValueError):
        return None  # a street without a door number
    return Address(readable(str(option.get("direccion", ""))), point)


def readable(direction: str) -> str:
    """'CORRIENTES AV. 2500, CABA' -> 'Av. Corrientes 2500'."""
    corner = direction.rsplit(",", 1)[0] if direction.upper().endswith(", CABA") else direction
    return " y ".join(_street(part) for part in corner.replace(" Y ", " y ").split(" y "))


def _street(part: str) -> str:
    """'JUSTO, JUAN B. AV. 2500' -> 'Av. Juan B. Justo 2500'."""
    text = part.strip().title()
    found = re.search(r"\s+\d+$", text)
    name, door = (text[: found.start()], found.group()) if found else (text, "")
    avenue = name.endswith(" Av.")
    surname, comma, given = name.removesuffix(" Av.").partition(", ")
    ordered = f"{given} {surname}" if comma else surname
    return ("Av. " if avenue else "") + ordered + door
