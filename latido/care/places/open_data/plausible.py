"""Whether a table can be right: counts, numbers once each, every point in the city and where its row says. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from latido.care.places.directory import Directory
from latido.care.places.geometry import distance_m
from latido.care.places.open_data.compare import entry_key, entry_point, label
from latido.care.places.open_data.entries import Entry

# A place may stand at the far end of a neighbourhood that is no circle.
NEAR_ITS_NEIGHBOURHOOD = 2.5


def doubts(kind: str, entries: Sequence[Entry], directory: Directory, expected: Mapping[str, Any]) -> list[str]:
    """What makes a table implausible, one sentence each."""
    return [
        *_counts(kind, entries, expected),
        *_repeated(entries),
        *(doubt for entry in entries for doubt in _misplaced(entry, directory)),
        *(doubt for entry in entries for doubt in _odd_ages(entry)),
    ]


def _counts(kind: str, entries: Sequence[Entry], expected: Mapping[str, Any]) -> Iterator[str]:
    names = [entry["kind"] for entry in entries] if kind == "early_childhood_centres" else [kind] * len(entries)
    counted = Counter(names)
    wanted = ("CPI", "CEDI") if kind == "early_childhood_centres" else (kind,)
    for name in wanted:
        rule = expected[name]
        if abs(counted[name] - rule["count"]) > rule["tolerance"]:
            yield f"{counted[name]} {name} read, about {rule['count']} expected"
    for name in sorted(set(counted) - set(wanted)):
        yield f"{counted[name]} of an unknown kind, {name!r}"


def _repeated(entries: Sequence[Entry]) -> Iterator[str]:
    for key, times in Counter(entry_key(entry) for entry in entries).items():
        if times > 1:
            yield f"{key} stands there {times} times"


def _misplaced(entry: Entry, directory: Directory) -> Iterator[str]:
    point = entry_point(entry)
    if point is None:
        return
    if not directory.in_city(point):
        yield f"{label(entry)} lies outside the city"
        return
    home = directory.neighbourhoods.get(entry.get("neighbourhood", ""))
    if home is None or home.point is None or home.radius_m is None:
        return
    metres = distance_m(point, home.point)
    if metres > NEAR_ITS_NEIGHBOURHOOD * home.radius_m:
        yield f"{label(entry)} lies {metres / 1000:.1f} km from the middle of {home.name}, where it is said to be"
    if entry["commune"] != home.commune:
        yield f"{label(entry)} is said to be in comuna {entry['commune']}, {home.name} is in {home.commune}"


def _odd_ages(entry: Entry) -> Iterator[str]:
    low, high = entry.get("min_age_days"), entry.get("max_age_months")
    if low is not None and not 0 <= low <= 4 * 365:
        yield f"{label(entry)} takes children from {low} days"
    if low is not None and high is not None and high * 30 <= low:
        yield f"{label(entry)} takes children from {low} days to {high} months"
