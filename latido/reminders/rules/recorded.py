"""What the record settles: which visit is of which service, and which lines of the calendar a dose ends.

Pure. The codes are data (data/care/record_codes.yml).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from latido.care.rules.calendar import Planned

Coding = tuple[str | None, str]
"""System and code."""


@dataclass(frozen=True)
class Dose:
    """A vaccine that was given: what it is coded as, and on which day."""

    codings: frozenset[Coding]
    day: date


@dataclass(frozen=True)
class RecordCodes:
    """`visits` by service; `vaccines`: what a product holds, by its code; `settles`: what a line needs, by its code."""

    visits: Mapping[str, frozenset[Coding]]
    vaccines: Mapping[Coding, frozenset[str]]
    settles: Mapping[str, frozenset[str]]

    def service_of(self, codings: Iterable[Coding]) -> str | None:
        """The service of a visit with these codes; None when none of them is known."""
        said = set(codings)
        return next((service for service, known in self.visits.items() if known & said), None)

    def vaccines_in(self, dose: Dose) -> frozenset[str]:
        """What was given with a dose; nothing where its codes are not known."""
        return frozenset().union(*(self.vaccines.get(each, frozenset()) for each in dose.codings))


def settled_by_doses(codes: RecordCodes, items: Iterable[Planned], doses: Iterable[Dose]) -> frozenset[str]:
    """The lines of which everything was given within their windows; half of a line settles nothing."""
    given = [(vaccine, dose.day) for dose in doses for vaccine in codes.vaccines_in(dose)]
    return frozenset(
        item.code
        for item in items
        if (needed := codes.settles.get(item.code))
        and needed <= {vaccine for vaccine, day in given if item.first <= day <= item.last}
    )
