"""`near`: a point, a distance, and the great-circle distance in SQL."""

import math
import re
from dataclasses import dataclass

from sqlalchemy import ColumnElement, FromClause, and_, func, literal

from latido.fhir.server.answers import refuse

EARTH_RADIUS_M = 6_371_008.8  # mean radius, IUGG
_METRES = {"km": 1000.0, "m": 1.0, "mi": 1609.344, "[mi_i]": 1609.344, "": 1000.0}
_NUMBER = re.compile(r"[+-]?\d{1,12}(\.\d{1,12})?", re.ASCII)


@dataclass(frozen=True)
class Near:
    """A point (WGS84 degrees) and how far from it, in metres; None: any distance, nearest first."""

    latitude: float
    longitude: float
    within_m: float | None

    @classmethod
    def parse(cls, value: str) -> "Near":
        """From `latitude|longitude[|distance[|units]]`, kilometres by default."""
        parts = [*value.split("|"), "", "", ""][:4]
        latitude, longitude, distance, unit = parts
        numbers = [part for part in (latitude, longitude, distance or "0") if _NUMBER.fullmatch(part)]
        if value.count("|") not in (1, 2, 3) or len(numbers) < 3 or unit not in _METRES:
            refuse(400, "value", "near is latitude|longitude[|distance[|km or m or mi]]")
        near = cls(float(latitude), float(longitude), float(distance) * _METRES[unit] if distance else None)
        if abs(near.latitude) > 90 or abs(near.longitude) > 180 or (near.within_m or 0) < 0:
            refuse(400, "value", "near: latitude is -90 to 90, longitude -180 to 180, the distance 0 or more")
        return near


def distance_m(row: FromClause, near: Near) -> ColumnElement[float]:
    """The great-circle distance in metres between a row's position and the point (haversine)."""
    north = func.radians(row.c.latitude - near.latitude) / 2
    east = func.radians(row.c.longitude - near.longitude) / 2
    shrink = func.cos(func.radians(row.c.latitude)) * math.cos(math.radians(near.latitude))
    chord = func.power(func.sin(north), 2) + shrink * func.power(func.sin(east), 2)
    return 2 * EARTH_RADIUS_M * func.asin(func.sqrt(func.least(literal(1.0), chord)))


def near_box(row: FromClause, near: Near) -> ColumnElement[bool]:
    """A box of latitudes around the circle, which an index can find; all of it without a distance."""
    if near.within_m is None:
        return literal(True)
    degrees = math.degrees(near.within_m / EARTH_RADIUS_M) + 1e-6
    return and_(row.c.latitude >= near.latitude - degrees, row.c.latitude <= near.latitude + degrees)
