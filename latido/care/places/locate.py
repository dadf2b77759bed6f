"""Turning what a resident says of her place (a pin, a name, an address, a centre's number) into a point."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

from latido.care.places.addresses import beside_address, corners, street_address
from latido.care.places.directory import Directory, Neighbourhood
from latido.care.places.geocoder import Address
from latido.care.places.geometry import Point
from latido.care.places.lookup import LookupUnavailable
from latido.care.places.names import NameIndex, NameMatch, read_center
from latido.care.places.settlements import Block, read_block

Status = Literal["found", "ambiguous", "not_found", "outside_city", "geocoder_unavailable"]
Kind = Literal["pin", "neighbourhood", "address", "block", "center"]


class Geocoder(Protocol):
    """What finds addresses."""

    def find(self, address: str) -> tuple[Address, ...]:
        """Addresses, best first; LookupUnavailable when it is down."""


class Blocks(Protocol):
    """What finds blocks of informal settlements."""

    def find(self, settlement: str, block: str, around: Point) -> Point | None:
        """The middle of the block, None when it is not sure; LookupUnavailable when it is down."""


class NoBlocks:
    """No block search: every block is as near as its settlement's own point."""

    def find(self, settlement: str, block: str, around: Point) -> Point | None:
        """Never sure."""
        return None


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
    """A located place; `label` is what she is told it was, `kept_label` what is kept of it when that is less."""

    label: str
    point: Point
    approximate: bool
    kind: Kind
    kept_label: str | None = None


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
    """Locates by any of the ways: most exact first, with the point of a neighbourhood when a service is down."""

    def __init__(self, directory: Directory, geocoder: Geocoder, blocks: Blocks | None = None) -> None:
        self._directory = directory
        self._geocoder = geocoder
        self._blocks = blocks or NoBlocks()
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
            return self._block(near.address) or self._address(near.address)
        return self._text(near.text or "")

    def _text(self, text: str) -> Located:
        named = self._names.exact(text)
        if named:
            return self._named(named)
        in_block = self._block(text)
        if in_block:
            return in_block
        number, beside = read_center(text)
        is_address = street_address(self._names.without_numbered_names(beside))
        found = self._address(beside) if is_address else self._named(self._names.match(beside))
        lost = found.status in ("not_found", "geocoder_unavailable")
        return self._center(number) if lost and number in self._directory.centers else found

    def _placed(self, place: Place) -> Located:
        return Located("found" if self._directory.in_city(place.point) else "outside_city", place)

    def _center(self, number: int | None) -> Located:
        center = self._directory.centers.get(number) if number is not None else None
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

    def _block(self, text: str) -> Located | None:
        """Where a block of a settlement is, at worst the settlement; None when no block is named."""
        block = read_block(text)
        if block is None:
            return None
        match = self._names.match(block.beside)
        if not match.slugs:  # "av. riestra y tenorio mz. 28": the street may be known
            return self._address(block.beside) if street_address(block.beside) else NOT_FOUND
        found = self._block_of(self._directory.neighbourhoods[match.only], block) if match.only else None
        return self._placed(found) if found else self._named(match)

    def _block_of(self, settlement: Neighbourhood, block: Block) -> Place | None:
        around = self._directory.point_of(settlement.slug)
        if settlement.block_search is None or around is None:
            return None
        try:
            point = self._blocks.find(settlement.block_search, block.number, around)
        except LookupUnavailable:
            return None
        label = self._directory.labels["block"].format(settlement=settlement.name, block=block.number)
        return Place(label, point, approximate=False, kind="block", kept_label=settlement.name) if point else None

    def _address(self, address: str) -> Located:
        """The street that the words hold; of them, only the street is asked for."""
        try:
            found = self._geocoder.find(street_address(address) or address)
        except LookupUnavailable:
            return self._beside(address) or Located("geocoder_unavailable")
        if len(found) > 1:
            return Located("ambiguous", None, tuple(Candidate(each.label, address=each.label) for each in found[:5]))
        if not found:
            return self._beside(address) or NOT_FOUND
        return self._placed(Place(found[0].label, found[0].point, approximate=False, kind="address"))

    def _beside(self, address: str) -> Located | None:
        """The neighbourhood named beside an address that could not be found, or those that an "and" joins."""
        matches = [self._names.exact(part) or self._names.inside(part) for part in beside_address(address)]
        for pair in corners(address):
            sides = [self._names.exact(side) or self._names.inside(side) for side in pair]
            matches += sides if all(sides) else []
        slugs = dict.fromkeys(slug for match in matches if match for slug in match.slugs)
        return self._named(NameMatch(tuple(slugs))) if slugs else None
