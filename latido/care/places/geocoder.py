"""The city's address normaliser (USIG): addresses and street corners to points.

Its traps: `x` is the longitude; coordinates are strings; the whole metropolitan area is searched; no match is a 200
with an empty list; a bare User-Agent is refused; a street without a door number has no point.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests

from latido.care.places.geometry import Point
from latido.care.places.lookup import TIMEOUT_S, Lookup
from latido.care.places.names import normalise

MAX_OPTIONS = 3


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
        self._lookup = Lookup(base_url.rstrip("/") + "/normalizar/", read_answer, session, timeout_s, monotonic)

    def find(self, address: str) -> tuple[Address, ...]:
        """The addresses in the city that the words may mean, best first; LookupUnavailable when it is down."""
        params = {"direccion": f"{address}, caba", "geocodificar": "true", "maxOptions": str(MAX_OPTIONS)}
        return self._lookup.ask(normalise(address), params)


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
    except (TypeError, KeyError, ValueError, OverflowError):
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
