"""The city's places as read from data/places: centres, neighbourhoods, hospitals, the city's outline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from latido.care.places.geometry import Point, distance_m, inside

PRENATAL_SERVICES = frozenset({"obstetrics", "tocogynecology"})
DATA = Path(__file__).resolve().parents[3] / "data"


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

    @property
    def has_prenatal(self) -> bool | None:
        """Whether its published services include obstetrics; None when none are published."""
        return None if self.services is None else bool(PRENATAL_SERVICES & set(self.services))

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


@dataclass(frozen=True)
class Directory:
    """All places, by number or slug."""

    centers: Mapping[int, Center]
    neighbourhoods: Mapping[str, Neighbourhood]
    hospitals: Mapping[str, Hospital]
    outline: tuple[Point, ...]
    pin_label: str

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
        ranked = sorted(
            ((center, distance_m(point, center.point)) for center in self.centers.values()),
            key=lambda pair: (pair[1], pair[0].number),
        )
        if service != "prenatal":
            return ranked[:limit]
        return _with_one_sure([pair for pair in ranked if pair[0].has_prenatal is not False], limit)


def _with_one_sure(ranked: list[tuple[Center, float]], limit: int) -> list[tuple[Center, float]]:
    chosen = ranked[:limit]
    if any(center.has_prenatal for center, _ in chosen):
        return chosen
    sure = next(pair for pair in ranked if pair[0].has_prenatal)
    return [*chosen[: limit - 1], sure]


def load_directory(folder: Path = DATA / "places") -> Directory:
    """Read the seed files; raises FileNotFoundError or KeyError when they are incomplete."""
    return Directory(
        centers={row["number"]: _center(row) for row in _rows(folder, "centers")},
        neighbourhoods={row["slug"]: _neighbourhood(row) for row in _rows(folder, "neighbourhoods")},
        hospitals={row["slug"]: _hospital(row) for row in _rows(folder, "hospitals")},
        outline=tuple(Point(*pair) for pair in _read(folder / "city_outline.yml")["outline"]),
        pin_label=_read(folder / "labels.yml")["pin"],
    )


def _read(path: Path) -> dict[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    content: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 (a safe loader)
    return content


def _rows(folder: Path, name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = _read(folder / f"{name}.yml")[name]
    return rows


def _center(row: dict[str, Any]) -> Center:
    hours = row["hours"]
    return Center(
        number=row["number"],
        name=row["name"],
        address=row["address"],
        neighbourhood=row["neighbourhood"],
        commune=row["commune"],
        phones=tuple(row["phones"]),
        point=Point(row["latitude"], row["longitude"]),
        hospital=row["hospital"],
        services=None if row["services"] is None else tuple(row["services"]),
        hours=Hours(tuple(hours["days"]), hours["opens"], hours["closes"]) if hours else None,
        notes=tuple(row["notes"]),
        confidence=row["confidence"],
        as_of=row["as_of"],
    )


def _neighbourhood(row: dict[str, Any]) -> Neighbourhood:
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
    )


def _hospital(row: dict[str, Any]) -> Hospital:
    return Hospital(
        slug=row["slug"],
        name=row["name"],
        short_name=row["short_name"],
        kind=row["kind"],
        address=row["address"],
        commune=row["commune"],
        point=Point(row["latitude"], row["longitude"]),
        phones=tuple(row["phones"]),
        emergency_phones=tuple(row["emergency_phones"]),
        maternity=row["maternity"],
    )
