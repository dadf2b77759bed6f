"""Who has a health centre within fifteen minutes, by commune and mode of travel: estimates, as of today."""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import Connection, func, select

from latido.care.places.directory import Directory
from latido.care.places.geometry import Point, distance_m
from latido.care.tables import resident_places
from latido.indicators.rules.figures import Figure

NEAR_MINUTES = 15


def within_15_minutes(connection: Connection, directory: Directory) -> list[Figure]:
    """Residents whose place is known, by mode and commune (`walking:4`; `walking:` is the whole city)."""
    of: dict[str, int] = defaultdict(int)
    near: dict[str, int] = defaultdict(int)
    where = (resident_places.c.latitude, resident_places.c.longitude)
    # Places are rounded to 100 m: many residents have the very same one.
    for latitude, longitude, residents in connection.execute(select(*where, func.count()).group_by(*where)):
        point = Point(latitude, longitude)
        if not directory.in_city(point):
            continue
        commune = commune_of(directory, point)
        metres = directory.nearest(point, limit=1)[0][1]
        for name, mode in directory.travel.modes.items():
            for part in (f"{name}:", f"{name}:{commune}"):
                of[part] += residents
                near[part] += residents if mode.minutes(metres) <= NEAR_MINUTES else 0
    return [Figure(part, of[part], near[part]) for part in sorted(of)]


def commune_of(directory: Directory, point: Point) -> int:
    """The commune of the official neighbourhood whose middle is nearest, by its size: borders are not known here."""
    official = [(each, each.point) for each in directory.neighbourhoods.values() if each.kind == "official"]
    ranked = [(distance_m(point, middle) / (each.radius_m or 1), each.commune) for each, middle in official if middle]
    return min(ranked)[1]
