"""What differs between the seed of data/places and fresh entries of the same table. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from latido.care.places.geometry import Point, distance_m
from latido.care.places.open_data.entries import Entry

# Nearer than this a point is the same one, rounded otherwise.
SAME_POINT_M = 5
# One that is gone and one of the same kind that is new, this near to each other, are one that is called otherwise.
SAME_PLACE_M = 60
# What is compared of each kind, in the order it is told; the point and the name are compared apart.
FIELDS = {
    "centers": ("address", "neighbourhood", "commune", "phones", "services", "hospital"),
    "hospitals": ("kind", "address", "neighbourhood", "commune", "phones", "emergency_phones", "maternity"),
    "early_childhood_centres": ("address", "neighbourhood", "commune", "phones", "min_age_days", "max_age_months"),
    "neighbourhoods": ("kind", "inside", "commune", "aliases"),
}


@dataclass(frozen=True)
class Change:
    """One difference: of which table and place, what (added, gone, renamed, moved, or a field), before and after."""

    table: str
    place: str
    what: str
    before: Any = None
    after: Any = None
    metres: int | None = None

    def as_json(self) -> dict[str, Any]:
        """For a program to read."""
        return asdict(self)


def changes(
    kind: str, seed: Sequence[Entry], fresh: Sequence[Entry], unread: Collection[int | str | None] = ()
) -> list[Change]:
    """Every difference, place by place; a table compared with itself has none.

    `unread`: the keys of fresh rows that cannot be read; what they stand for is not gone.
    """
    before = {entry_key(entry): entry for entry in seed if entry_key(entry) not in unread}
    after = {entry_key(entry): entry for entry in fresh}
    renamed = _renamed(before, after)
    found: list[Change] = []
    for key, entry in before.items():
        other = after.get(renamed.get(key, key))
        found += (
            [Change(kind, label(entry), "gone", entry["name"])] if other is None else _differences(kind, entry, other)
        )
    arrived = set(after) - set(before) - set(renamed.values())
    return found + [
        Change(kind, label(after[key]), "added", None, after[key]["name"]) for key in sorted(arrived, key=str)
    ]


def entry_key(entry: Entry) -> int | str:
    """What an entry is known by: a centre's number, else its slug."""
    key: int | str = entry["number"] if "number" in entry else entry["slug"]
    return key


def label(entry: Entry) -> str:
    """How a place is called in a report."""
    return f"CeSAC {entry['number']}" if "number" in entry else str(entry["name"])


def entry_point(entry: Entry) -> Point | None:
    """Where an entry stands; None for a name without a point."""
    place = entry.get("point", entry)
    return Point(place["latitude"], place["longitude"]) if place else None


def _renamed(before: Mapping[int | str, Entry], after: Mapping[int | str, Entry]) -> dict[int | str, int | str]:
    """New key by old key, of those that stand where one of the same kind is gone."""
    free = [key for key in after if key not in before]
    pairs: dict[int | str, int | str] = {}
    for key in before:
        if key in after or isinstance(key, int):
            continue
        heir = next((new for new in free if _same_place(before[key], after[new])), None)
        if heir is not None:
            free.remove(heir)
            pairs[key] = heir
    return pairs


def _same_place(entry: Entry, other: Entry) -> bool:
    a, b = entry_point(entry), entry_point(other)
    return (
        entry.get("kind") == other.get("kind") and a is not None and b is not None and distance_m(a, b) < SAME_PLACE_M
    )


def _differences(kind: str, entry: Entry, other: Entry) -> Iterator[Change]:
    place = label(entry)
    if entry["name"] != other["name"]:
        yield Change(kind, place, "renamed", entry["name"], other["name"])
    yield from _moved(kind, place, entry_point(entry), entry_point(other))
    for field in FIELDS[kind]:
        if _comparable(entry[field]) != _comparable(other[field]):
            yield Change(kind, place, field, entry[field], other[field])


def _moved(kind: str, place: str, before: Point | None, after: Point | None) -> Iterator[Change]:
    if before is None or after is None:
        if before != after:
            yield Change(kind, place, "moved", _shown(before), _shown(after))
        return
    metres = distance_m(before, after)
    if metres > SAME_POINT_M:
        yield Change(kind, place, "moved", _shown(before), _shown(after), round(metres))


def _shown(point: Point | None) -> str | None:
    return f"{point.latitude:.6f}, {point.longitude:.6f}" if point else None


def _comparable(value: Any) -> Any:
    """Lists are compared without their order: the city writes them in any."""
    return sorted(value) if isinstance(value, list) else value
