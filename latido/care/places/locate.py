"""Turning what a resident says of her place (a pin, a name, an address, a centre's number) into a point."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal, Protocol

from latido.care.places.directory import Directory
from latido.care.places.geocoder import Address, GeocoderUnavailable
from latido.care.places.geometry import Point
from latido.care.places.names import NameIndex, NameMatch

Status = Literal["found", "ambiguous", "not_found", "outside_city", "geocoder_unavailable"]
Kind = Literal["pin", "neighbourhood", "address", "center"]
# "corrientes 2500", "juan b justo y cordoba"
_ADDRESS = re.compile(r"[a-záéíóúñü.]{3,}\s+\d{2,5}\b|[a-záéíóúñü.]{3,}\s+y\s+[a-záéíóúñü.]{3,}", re.IGNORECASE)


class Geocoder(Protocol):
    """What finds addresses."""

    def find(self, address: str) -> tuple[Address, ...]:
        """Addresses, best first; GeocoderUnavailable when it is down."""


@dataclass(frozen=True)
class Near:
    """Where a resident says she is: exactly one of the fields is given."""

    point: Point | None = None
    neighbourhood: str | None = None
    center_number: int | None = None
    address: str | None = None
    text: str | None = None


@dataclass(frozen=True)
class Place:
    """A located place; `label` is what she is told it was."""

    label: str
    point: Point
    approximate: bool
    kind: Kind


@dataclass(frozen=True)
class Candidate:
    """One of several things she may have meant: a neighbourhood's slug or an address."""

    label: str
    neighbourhood: str | None = None
    address: str | None = None


@dataclass(frozen=True)
class Located:
    """The outcome of locating: a place when found or outside the city, candidates when ambiguous."""

    status: Status
    place: Place | None = None
    candidates: tuple[Candidate, ...] = field(default=())


NOT_FOUND = Located("not_found")


class Locator:
    """Locates by any of the ways, with the directory first and the address service last."""

    def __init__(self, directory: Directory, geocoder: Geocoder) -> None:
        self._directory = directory
        self._geocoder = geocoder
        self._names = NameIndex(directory.neighbourhoods.values())

    def locate(self, near: Near) -> Located:
        """Where `near` is."""
        if near.point is not None:
            return self._placed(Place(self._directory.pin_label, near.point, approximate=False, kind="pin"))
        if near.center_number is not None:
            return self._center(near.center_number)
        if near.neighbourhood is not None:
            return self._named(self._names.match(near.neighbourhood))
        if near.address is not None:
            return self._address(near.address)
        return self._text(near.text or "")

    def _placed(self, place: Place) -> Located:
        return Located("found" if self._directory.in_city(place.point) else "outside_city", place)

    def _center(self, number: int) -> Located:
        center = self._directory.centers.get(number)
        if center is None:
            return NOT_FOUND
        return Located("found", Place(center.name, center.point, approximate=False, kind="center"))

    def _named(self, match: NameMatch) -> Located:
        places = [self._directory.neighbourhoods[slug] for slug in match.slugs]
        if len(places) > 1:
            return Located("ambiguous", None, tuple(Candidate(place.name, place.slug) for place in places))
        point = self._directory.point_of(match.slugs[0]) if match.slugs else None
        if point is None:
            return NOT_FOUND
        return Located("found", Place(places[0].name, point, approximate=True, kind="neighbourhood"))

    def _address(self, address: str) -> Located:
        try:
            found = self._geocoder.find(address)
        except GeocoderUnavailable:
            return Located("geocoder_unavailable")
        if len(found) > 1:
            return Located("ambiguous", None, tuple(Candidate(each.label, address=each.label) for each in found[:5]))
        if not found:
            return NOT_FOUND
        return self._placed(Place(found[0].label, found[0].point, approximate=False, kind="address"))

    def _text(self, text: str) -> Located:
        named = self._names.exact(text)
        if named:
            return self._named(named)
        by_address = self._address(text) if _ADDRESS.search(text) else NOT_FOUND
        if by_address.status in ("found", "ambiguous", "outside_city"):
            return by_address
        by_name = self._named(self._names.match(text))
        return by_name if by_name.status != "not_found" else by_address
