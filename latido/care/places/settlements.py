"""Blocks of informal settlements ("manzana 12 casa 4 de la 31"), which the address normaliser does not know.

The city's block search (epok) takes "Villa 31, manzana 12" and answers `instancias[].ubicacion.centroide`, a point as
"SRID=4326;POINT (longitude latitude)". Known from public clients of 2020, so whatever it says is checked against
where the settlement is, and without it the settlement's own point serves.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import requests

from latido.care.places.geometry import Point, distance_m
from latido.care.places.lookup import TIMEOUT_S, Lookup
from latido.care.places.names import normalise

# The largest settlements are about 1.5 km across, and a stand-in's point may be as far again.
PLAUSIBLE_M = 3_000
# Points of one block lie this near to each other; farther apart they are several blocks of one number.
ONE_BLOCK_M = 300
_BLOCK = re.compile(r"\b(?:manzana|mansana|manz|mzna|mza|mzn|mz)\s*(\d{1,3}(?:[a-z]| bis)?)\b")
_HOUSE = re.compile(r"\b(?:casa|cs|lote|piso|sector|pasillo|c)\s*\d+[a-z]?\b")
_WGS84_POINT = re.compile(r"\s*(?:SRID=4326;)?\s*POINT\s*\(\s*(-?\d+\.\d+)\s+(-?\d+\.\d+)\s*\)\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Block:
    """A block she names, and the other words beside it: where a settlement's name may stand."""

    number: str
    beside: str


def read_block(text: str) -> Block | None:
    """'mza 12 casa 4 de la 31' -> block 12 beside 'de la 31'; None when no block is named."""
    words = normalise(text)
    found = _BLOCK.search(words)
    if found is None:
        return None
    rest = words[: found.start()] + " " + words[found.end() :]
    return Block(found[1], " ".join(_HOUSE.sub(" ", rest).split()))


class SettlementSearch:
    """The city's search for blocks of informal settlements."""

    def __init__(
        self,
        base_url: str,
        session: requests.Session | None = None,
        timeout_s: float = TIMEOUT_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        url = base_url.rstrip("/") + "/deficithabitacional/buscarManzana/"
        self._lookup = Lookup(url, read_points, session, timeout_s, monotonic)

    def find(self, settlement: str, block: str, around: Point) -> Point | None:
        """The middle of a block of the settlement at `around`; None when it is not known for sure.

        Raises LookupUnavailable when the service is down or answers in another shape.
        """
        asked = f"{settlement}, manzana {block}"
        return _one_block(self._lookup.ask(normalise(asked), {"ubicacion": asked}), around)


def _one_block(points: Sequence[Point], around: Point) -> Point | None:
    near = [point for point in points if distance_m(point, around) <= PLAUSIBLE_M]
    if not near or any(distance_m(near[0], other) > ONE_BLOCK_M for other in near):
        return None
    return near[0]


def read_points(content: Any) -> tuple[Point, ...]:
    """The points of one answer; ValueError when it is not the block search's JSON."""
    if not isinstance(content, dict) or not isinstance(content.get("instancias"), list):
        raise ValueError("not an answer of the block search")
    found = [_point(instance) for instance in content["instancias"]]
    if found and not any(found):
        raise ValueError("no answer has a point that can be read")
    return tuple(point for point in found if point)


def _point(instance: Any) -> Point | None:
    place = instance.get("ubicacion") if isinstance(instance, dict) else None
    centre = place.get("centroide") if isinstance(place, dict) else None
    found = _WGS84_POINT.fullmatch(centre) if isinstance(centre, str) else None
    return Point(latitude=float(found[2]), longitude=float(found[1])) if found else None
