"""Early-childhood centres (CPI and CEDI) and the ages they take. Reading aside, pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from latido.care.places.geometry import Point
from latido.care.places.seed_files import Row, dated_rows, point_of

# A month is 30.4 days here. Rounding never turns a doubt into a certainty by more than a day.
DAYS_A_MONTH = 365.25 / 12
MONTHS_A_YEAR = 12


@dataclass(frozen=True)
class ChildhoodCentre:
    """A CPI or CEDI. Ages are as published: from so many days to so many months; None means unknown."""

    slug: str
    kind: Literal["CPI", "CEDI"]
    name: str
    address: str
    neighbourhood: str
    commune: int
    phones: tuple[str, ...]
    age_from_days: int | None
    age_to_months: int | None
    point: Point
    notes: tuple[str, ...]
    as_of: str

    def takes(self, age_days: int) -> bool | None:
        """Whether it takes a child of so many days; None when the published ages do not tell.

        "A 3 años" may mean up to the third birthday or through the third year. Under that birthday it is yes, from the
        next one on it is no, and the year between the two is unknown.
        """
        if self.age_from_days is None or self.age_to_months is None:
            return None
        if age_days < self.age_from_days:
            return False
        if age_days < int(self.age_to_months * DAYS_A_MONTH):
            return True
        return None if age_days <= (self.age_to_months + MONTHS_A_YEAR) * DAYS_A_MONTH else False

    @property
    def unknown(self) -> tuple[str, ...]:
        """What nobody has published about it: opening hours and free places of none."""
        gaps = {"ages": self.age_from_days is None, "phone": not self.phones}
        return ("hours", "places", *(name for name, missing in gaps.items() if missing))


def load_childhood_centres(folder: Path) -> tuple[ChildhoodCentre, ...]:
    """The centres of early_childhood_centres.yml; FileNotFoundError or KeyError when it is incomplete."""
    rows, as_of = dated_rows(folder, "early_childhood_centres")
    return tuple(_centre(row, as_of) for row in rows)


def best_for(
    ranked: Iterable[tuple[ChildhoodCentre, float]], age_days: int | None, limit: int
) -> list[tuple[ChildhoodCentre, float]]:
    """Of centres ranked by distance, those to tell a family with a child of so many days about.

    Those that surely do not take the child are left out and one at least is sure. When none is sure to, as for a
    newborn, the nearest are told all the same, with the ages they do take.
    """
    pairs = list(ranked)
    sure = next((pair for pair in pairs if age_days is not None and pair[0].takes(age_days)), None)
    if age_days is None or sure is None:
        return pairs[:limit]
    chosen = [pair for pair in pairs if pair[0].takes(age_days) is not False][:limit]
    return chosen if sure in chosen else [*chosen[: limit - 1], sure]


def _centre(row: Row, as_of: str) -> ChildhoodCentre:
    return ChildhoodCentre(
        slug=row["slug"],
        kind=row["kind"],
        name=row["name"],
        address=row["address"],
        neighbourhood=row["neighbourhood"],
        commune=row["commune"],
        phones=tuple(row["phones"]),
        age_from_days=row["min_age_days"],
        age_to_months=row["max_age_months"],
        point=point_of(row),
        notes=tuple(row["notes"]),
        as_of=as_of,
    )
