"""Of which neighbourhood and comuna a remembered place is: approximately, for it is kept to about 100 m."""

from __future__ import annotations

from functools import lru_cache

from latido.care.places.directory import Directory, Neighbourhood
from latido.care.places.geometry import Point, distance_m


def official_neighbourhoods(directory: Directory) -> list[Neighbourhood]:
    """The city's own neighbourhoods, by name."""
    found = [each for each in directory.neighbourhoods.values() if each.kind == "official"]
    return sorted(found, key=lambda each: each.name)


def area_of(directory: Directory, point: Point) -> Neighbourhood | None:
    """The official neighbourhood whose middle is nearest to a point in the city."""
    return _nearest(_Key(directory), point)


class _Key:
    """A directory as a key: there is one for each process."""

    def __init__(self, directory: Directory) -> None:
        self.directory = directory

    def __hash__(self) -> int:
        return id(self.directory)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.directory is self.directory


@lru_cache(maxsize=20_000)
def _nearest(key: _Key, point: Point) -> Neighbourhood | None:
    if not key.directory.in_city(point):
        return None
    named = [each for each in official_neighbourhoods(key.directory) if each.point is not None]
    return min(named, key=lambda each: distance_m(point, each.point or point), default=None)
