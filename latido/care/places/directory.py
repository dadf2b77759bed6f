"""The city's places as read from data/places: centres, neighbourhoods, hospitals, the city's outline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, Protocol, TypeVar

from latido.care.places.childhood import ChildhoodCentre, best_for, load_childhood_centres
from latido.care.places.geometry import Point, distance_m, inside
from latido.care.places.seed_files import DATA, PLACES, Row, dated_rows, point_of, read_seed
from latido.care.places.travel import Travel, read_travel

__all__ = ["DATA", "Center", "Directory", "Hospital", "Hours", "Neighbourhood", "load_directory"]

# What a centre must publish to be known to do the check-ups of a service.
PUBLISHED_AS = {"prenatal": frozenset({"obstetrics", "tocogynecology"}), "pediatric": frozenset({"pediatrics"})}


class Located(Protocol):
    """Anything that stands somewhere."""

    @property
    def point(self) -> Point:
        """Where it stands."""


Somewhere = TypeVar("Somewhere", bound=Located)


@dataclass(frozen=True)
class Hours:
    """Opening hours the same on each of `days` ("mon" … "sun"), local time "HH:MM"."""

    days: tuple[str, ...]
    opens: str
    closes: str


@dataclass(frozen=True)
class Center:
    """A community health centre (CeSAC). `services` None means that nothing is published, not "none"."""

    number: int
    name: str
    address: str
    neighbourhood: str
    commune: int
    phones: tuple[str, ...]
    point: Point
    hospital: str
    services: tuple[str, ...] | None
    hours: Hours | None
    notes: tuple[str, ...]
    confidence: str
    as_of: str

    def offers(self, service: str) -> bool | None:
        """Whether its published services include what is needed for "prenatal" or "pediatric"; None: none published."""
        return None if self.services is None else bool(PUBLISHED_AS[service] & set(self.services))

    @property
    def has_prenatal(self) -> bool | None:
        """Whether its published services include obstetrics; None when none are published."""
        return self.offers("prenatal")

    @property
    def unknown(self) -> tuple[str, ...]:
        """What nobody has published about it."""
        gaps = {"hours": self.hours is None, "phone": not self.phones, "services": self.services is None}
        return tuple(name for name, missing in gaps.items() if missing)


@dataclass(frozen=True)
class Neighbourhood:
    """An official neighbourhood, or the name people use for a settlement, an estate or a zone."""

    slug: str
    name: str
    kind: Literal["official", "popular"]
    aliases: tuple[str, ...]
    inside: str
    commune: int
    point: Point | None
    radius_m: int | None
    stand_in: str | None
    block_search: str | None


@dataclass(frozen=True)
class Hospital:
    """A public hospital. `maternity` is a proxy: the Civil Registry registers births inside it."""

    slug: str
    name: str
    short_name: str
    kind: str
    address: str
    commune: int
    point: Point
    phones: tuple[str, ...]
    emergency_phones: tuple[str, ...]
    maternity: bool
    notes: tuple[str, ...]
    as_of: str


@dataclass(frozen=True)
class Directory:
    """All places, by number or slug."""

    centers: Mapping[int, Center]
    neighbourhoods: Mapping[str, Neighbourhood]
    hospitals: Mapping[str, Hospital]
    outline: tuple[Point, ...]
    travel: Travel
    labels: Mapping[str, str]
    folder: Path

    @property
    def pin_label(self) -> str:
        """What a shared location is called."""
        return self.labels["pin"]

    @cached_property
    def childhood_centres(self) -> tuple[ChildhoodCentre, ...]:
        """Early-childhood centres: read when first asked for, since most processes never are."""
        return load_childhood_centres(self.folder)

    def in_city(self, point: Point) -> bool:
        """Whether a point lies in the city, to about 400 m on the generous side."""
        return inside(point, self.outline)

    def point_of(self, slug: str) -> Point | None:
        """The point that stands for a neighbourhood: its own, or that of its stand-in."""
        place = self.neighbourhoods[slug]
        if place.point is None and place.stand_in:
            return self.neighbourhoods[place.stand_in].point
        return place.point

    def nearest(self, point: Point, service: str | None = None, limit: int = 3) -> list[tuple[Center, float]]:
        """The nearest centres with their distance in metres, nearest first.

        With a service, centres whose published list lacks it are left out; those that publish no list stay
        (unknown is not "no"), but at least one of the answer is known to have it.
        """
        ranked = by_distance(point, self.centers.values())
        if service is None:
            return ranked[:limit]
        return _with_one_sure([pair for pair in ranked if pair[0].offers(service) is not False], service, limit)

    def nearest_hospitals(self, point: Point, maternity: bool = False, limit: int = 2) -> list[tuple[Hospital, float]]:
        """The nearest hospitals with their distance in metres; with `maternity`, only those where children are born."""
        wanted = [each for each in self.hospitals.values() if each.maternity or not maternity]
        return by_distance(point, wanted)[:limit]

    def nearest_childhood_centres(
        self, point: Point, age_days: int | None = None, limit: int = 3
    ) -> list[tuple[ChildhoodCentre, float]]:
        """The nearest early-childhood centres for a child of so many days, with their distance in metres."""
        return best_for(by_distance(point, self.childhood_centres), age_days, limit)


def by_distance(point: Point, places: Iterable[Somewhere]) -> list[tuple[Somewhere, float]]:
    """The places with their distance in metres, nearest first; places at one point stay in their order."""
    return sorted(((place, distance_m(point, place.point)) for place in places), key=lambda pair: pair[1])


def _with_one_sure(ranked: list[tuple[Center, float]], service: str, limit: int) -> list[tuple[Center, float]]:
    chosen = ranked[:limit]
    if any(center.offers(service) for center, _ in chosen):
        return chosen
    sure = next(pair for pair in ranked if pair[0].offers(service))
    return [*chosen[: limit - 1], sure]


def load_directory(folder: Path = PLACES) -> Directory:
    """Read the seed files; raises FileNotFoundError or KeyError when they are incomplete."""
    hospitals, hospitals_as_of = dated_rows(folder, "hospitals")
    labels = read_seed(folder / "labels.yml")
    return Directory(
        centers={row["number"]: _center(row) for row in dated_rows(folder, "centers")[0]},
        neighbourhoods={row["slug"]: _neighbourhood(row) for row in dated_rows(folder, "neighbourhoods")[0]},
        hospitals={row["slug"]: _hospital(row, hospitals_as_of) for row in hospitals},
        outline=tuple(Point(*pair) for pair in read_seed(folder / "city_outline.yml")["outline"]),
        travel=read_travel(read_seed(folder / "travel.yml")),
        labels=labels,
        folder=folder,
    )


def _center(row: Row) -> Center:
    hours = row["hours"]
    return Center(
        number=row["number"],
        name=row["name"],
        address=row["address"],
        neighbourhood=row["neighbourhood"],
        commune=row["commune"],
        phones=tuple(row["phones"]),
        point=point_of(row),
        hospital=row["hospital"],
        services=None if row["services"] is None else tuple(row["services"]),
        hours=Hours(tuple(hours["days"]), hours["opens"], hours["closes"]) if hours else None,
        notes=tuple(row["notes"]),
        confidence=row["confidence"],
        as_of=row["as_of"],
    )


def _neighbourhood(row: Row) -> Neighbourhood:
    point = row["point"]
    return Neighbourhood(
        slug=row["slug"],
        name=row["name"],
        kind=row["kind"],
        aliases=tuple(row["aliases"]),
        inside=row["inside"],
        commune=row["commune"],
        point=Point(point["latitude"], point["longitude"]) if point else None,
        radius_m=row["radius_m"],
        stand_in=row["stand_in"],
        block_search=row["block_search"],
    )


def _hospital(row: Row, as_of: str) -> Hospital:
    return Hospital(
        slug=row["slug"],
        name=row["name"],
        short_name=row["short_name"],
        kind=row["kind"],
        address=row["address"],
        commune=row["commune"],
        point=point_of(row),
        phones=tuple(row["phones"]),
        emergency_phones=tuple(row["emergency_phones"]),
        maternity=row["maternity"],
        notes=tuple(row["notes"]),
        as_of=as_of,
    )
