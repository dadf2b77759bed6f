"""Distances on the ground and what they mean on foot. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

EARTH_RADIUS_M = 6_371_008.8
# 850 m of straight line stand for about 15 minutes on foot in the city's street grid (the city's own claim of
# "15 minutes", checked against its census blocks): 15 min at 80 m a minute is 1,200 m of street, 1.4 times as far.
STREET_DETOUR = 1.4
WALKING_M_PER_MINUTE = 80
TRAVEL_ASSUMPTION = "straight_line_x1.4_at_80_m_per_min"
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


def walking_minutes(straight_m: float) -> int:
    """Minutes on foot under TRAVEL_ASSUMPTION; at least 1."""
    return max(1, round(straight_m * STREET_DETOUR / WALKING_M_PER_MINUTE))


def inside(point: Point, outline: Sequence[Point]) -> bool:
    """Whether `point` lies within the closed polygon `outline` (even-odd rule)."""
    crossings = 0
    for a, b in zip(outline, [*outline[1:], outline[0]], strict=True):
        if (a.latitude > point.latitude) != (b.latitude > point.latitude):
            share = (point.latitude - a.latitude) / (b.latitude - a.latitude)
            crossings += point.longitude < a.longitude + share * (b.longitude - a.longitude)
    return crossings % 2 == 1
