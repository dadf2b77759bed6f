"""Whom a campaign is for: what may be asked of a resident and her people, and whether she belongs to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

MOST_WEEKS = 42
MOST_MONTHS = 18 * 12
PRENATAL, PEDIATRIC = "prenatal", "pediatric"
Wish = Literal["yes", "never", "withdrawn"]
Span = tuple[int, int]


class SegmentInvalid(ValueError):
    """A segment that says nothing, or what cannot be; `field` names what to correct."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


@dataclass(frozen=True)
class Segment:
    """All that is given must hold. Places are approximate: of the place she last told us.

    `weeks`: of an ongoing pregnancy, `months`: of a child, both ends included; given both, both must hold in one
    family, or one of them with `either`. `centers`: where somebody's next appointment is. `overdue`: somebody's due
    check-up has no appointment. What is about one person must hold of the same one.
    """

    neighbourhoods: tuple[str, ...] = ()
    communes: tuple[int, ...] = ()
    weeks: Span | None = None
    months: Span | None = None
    either: bool = False
    overdue: bool = False
    centers: tuple[int, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether it holds of everybody."""
        return self == Segment(either=self.either)

    @property
    def names_people(self) -> bool:
        """Whether it asks anything of one of her people."""
        return bool(self.weeks or self.months or self.overdue or self.centers)

    def as_json(self) -> dict[str, object]:
        """For the table."""
        return {
            "neighbourhoods": list(self.neighbourhoods),
            "communes": list(self.communes),
            "weeks": list(self.weeks) if self.weeks else None,
            "months": list(self.months) if self.months else None,
            "either": self.either,
            "overdue": self.overdue,
            "centers": list(self.centers),
        }


def segment_from(stored: Mapping[str, object]) -> Segment:
    """What `as_json` wrote, checked; SegmentInvalid."""
    segment = Segment(
        neighbourhoods=tuple(str(each) for each in _list(stored, "neighbourhoods")),
        communes=tuple(int(str(each)) for each in _list(stored, "communes")),
        weeks=_span(stored, "weeks", MOST_WEEKS),
        months=_span(stored, "months", MOST_MONTHS),
        either=bool(stored.get("either")),
        overdue=bool(stored.get("overdue")),
        centers=tuple(int(str(each)) for each in _list(stored, "centers")),
    )
    if segment.is_empty:
        raise SegmentInvalid("segment", "a campaign is for somebody: give at least one condition")
    return segment


def _list(stored: Mapping[str, object], name: str) -> list[object]:
    given = stored.get(name) or []
    if not isinstance(given, list):
        raise SegmentInvalid(name, f"{name} must be a list")
    return given


def _span(stored: Mapping[str, object], name: str, most: int) -> Span | None:
    given = _list(stored, name)
    if not given:
        return None
    first, last = (int(str(each)) for each in given)
    if not 0 <= first <= last <= most:
        raise SegmentInvalid(name, f"{name} go from 0 to {most}, the first not after the last")
    return first, last


@dataclass(frozen=True)
class Person:
    """One of her people. `weeks`: between which weeks an ongoing pregnancy is today; None: none, or not known."""

    role: str
    service: str
    weeks: Span | None = None
    birth_date: date | None = None
    is_overdue: bool = False
    centers: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Facts:
    """All that a campaign depends on for one resident, at one moment.

    `neighbourhood`, `commune`: of her remembered place. `noticed_at`: when another campaign last wrote to her;
    `reminded_at`: when a reminder she had not asked for was said, or will be soon. `lost_at`: when she told of the last
    loss, unless a pregnancy she told of later goes on.
    """

    resident: str
    reminders: Wish
    content: bool
    is_silent: bool = False
    is_unreachable: bool = False
    lost_at: datetime | None = None
    noticed_at: datetime | None = None
    reminded_at: datetime | None = None
    with_person: bool = False
    in_danger: bool = False
    neighbourhood: str | None = None
    commune: int | None = None
    people: tuple[Person, ...] = field(default_factory=tuple)


@dataclass(frozen=True)
class Match:
    """Whom of hers the notice is about."""

    role: str
    service: str


SELF = Match("self", PRENATAL)


def match(segment: Segment, facts: Facts, today: date, known_within: int) -> Match | None:
    """Whether she belongs to the segment, and by whom of her people.

    The weeks count where they are known to `known_within` weeks; then the middle of what is known decides.
    """
    if not _lives_there(segment, facts):
        return None
    if not segment.names_people:
        return next((Match(each.role, each.service) for each in facts.people), SELF)
    found = [_first(facts, segment, age, today, known_within) for age in _ages(segment)]
    wanted = any(found) if segment.either else all(found)
    return next(each for each in found if each) if wanted else None


def _lives_there(segment: Segment, facts: Facts) -> bool:
    if segment.neighbourhoods and facts.neighbourhood not in segment.neighbourhoods:
        return False
    return not segment.communes or facts.commune in segment.communes


Age = Literal["weeks", "months", "any"]


def _ages(segment: Segment) -> list[Age]:
    given: dict[Age, Span | None] = {"weeks": segment.weeks, "months": segment.months}
    return [age for age, span in given.items() if span] or ["any"]


def _first(facts: Facts, segment: Segment, age: Age, today: date, known_within: int) -> Match | None:
    """The first of her people of whom this age and all the other conditions hold."""
    for person in facts.people:
        if segment.overdue and not person.is_overdue:
            continue
        if segment.centers and person.centers.isdisjoint(segment.centers):
            continue
        if _is_of_age(person, segment, age, today, known_within):
            return Match(person.role, person.service)
    return None


def _is_of_age(person: Person, segment: Segment, age: Age, today: date, known_within: int) -> bool:
    if age == "weeks":
        return segment.weeks is not None and _in_weeks(person.weeks, segment.weeks, known_within)
    if age == "months":
        return segment.months is not None and _in_months(person.birth_date, segment.months, today)
    return True


def _in_weeks(known: Span | None, wanted: Span, known_within: int) -> bool:
    if known is None or known[1] - known[0] > known_within:
        return False
    middle = (known[0] + known[1]) // 2
    return middle < MOST_WEEKS and wanted[0] <= middle <= wanted[1]


def _in_months(birth_date: date | None, wanted: Span, today: date) -> bool:
    """Completed months; who is born on the 31st completes one on the last day of a shorter month or the day after."""
    if birth_date is None or birth_date > today:
        return False
    completed = (today.year - birth_date.year) * 12 + today.month - birth_date.month - (today.day < birth_date.day)
    return wanted[0] <= completed <= wanted[1]
