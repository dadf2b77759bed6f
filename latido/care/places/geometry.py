"""Points on the ground, and distances between them. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

EARTH_RADIUS_M = 6_371_008.8
# Three decimals of a degree: 111 m north to south, 91 m east to west at this latitude.
COARSE_DECIMALS = 3


@dataclass(frozen=True)
class Point:
    """A place on the ground: degrees, WGS84."""

    latitude: float
    longitude: float

    def coarse(self) -> Point:
        """The same place to about 100 m, which is all that is remembered of a resident."""
        return Point(round(self.latitude, COARSE_DECIMALS), round(self.longitude, COARSE_DECIMALS))


def distance_m(a: Point, b: Point) -> float:
    """Great-circle distance in metres."""
    lat_a, lat_b = math.radians(a.latitude), math.radians(b.latitude)
    half_lat = (lat_b - lat_a) / 2
    half_lon = math.radians(b.longitude - a.longitude) / 2
    chord = math.sin(half_lat) ** 2 + math.cos(lat_a) * math.cos(lat_b) * math.sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(chord)))


def inside(point: Point, outline: Sequence[Point]) -> bool:
    """Whether `point` lies within the closed polygon `outline` (even-odd rule)."""
    crossings = 0
    for a, b in zip(outline, [*outline[1:], outline[0]], strict=True):
        if (a.latitude > point.latitude) != (b.latitude > point.latitude):
            share = (point.latitude - a.latitude) / (b.latitude - a.latitude)
            crossings += point.longitude < a.longitude + share * (b.longitude - a.longitude)
    return crossings % 2 == 1
