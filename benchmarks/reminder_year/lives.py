"""The seeded population: how far each pregnancy is, how well that is known, how it ends, and what she is like."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Literal

How = Literal["lmp", "ultrasound", "weeks", "months", "unknown"]
DAYS_OF_A_MONTH = 30.44


@dataclass(frozen=True)
class Life:
    """One resident. Days count from the start of the year; None: it does not happen.

    `lmp_day`: when her last period really began; `knows`: how she tells of it. A baby's mother has `born_days`,
    before she comes, and no pregnancy.
    """

    number: int
    arrives_on: int
    wants_reminders: bool
    wants_content: bool
    is_pregnant: bool
    knows: How = "lmp"
    lmp_day: int = 0
    corrected_on: int | None = None
    corrected_by: int = 0
    born_on: int | None = None
    babies: int = 1
    tells_birth_after: int | None = 3
    lost_on: int | None = None
    takes_loss_back: bool = False
    stops_on: int | None = None
    starts_on: int | None = None
    forgets_on: int | None = None
    blocked_on: int | None = None
    unblocked_on: int | None = None

    def random(self, seed: int) -> Random:
        """Her own dice, the same in every run of this seed."""
        return Random(f"{seed}:{self.number}")


def life_of(number: int, seed: int, days: int) -> Life:
    """The life of a resident, by seed and number alone."""
    dice = Random(f"life:{seed}:{number}")
    arrives = int(days * 0.85 * dice.random())
    wants, pregnant = (dice.random() < 0.95, dice.random() < 0.3), dice.random() < 0.62
    trouble = _trouble(dice, arrives, days)
    if not pregnant:
        born = arrives - dice.choice((1, 4, 12, 30, 60, 110, 170, 240, 330))
        babies = 2 if dice.random() < 0.06 else 1
        return Life(number, arrives, *wants, False, born_on=born, babies=babies, **trouble)
    return _pregnant(dice, number, arrives, wants, trouble)


def _pregnant(
    dice: Random, number: int, arrives: int, wants: tuple[bool, bool], trouble: dict[str, int | None]
) -> Life:
    how: How = dice.choices(("lmp", "ultrasound", "weeks", "months", "unknown"), (45, 15, 20, 12, 8))[0]
    # Every tenth comes exactly at the first day of a check-up's week.
    weeks = dice.choice((14, 18, 22, 26, 29, 31, 33)) if dice.random() < 0.1 else None
    lmp = arrives - (7 * weeks if weeks else dice.randrange(5 * 7, 37 * 7))
    lasts = int(min(max(dice.gauss(39.2, 2.4), 24.0), 42.6) * 7)
    if dice.random() < 0.06:
        lasts = dice.randrange(24 * 7, 34 * 7)
    born = max(lmp + lasts, arrives + 3)
    is_lost = dice.random() < 0.1 and arrives - lmp < 22 * 7
    lost = dice.randrange(arrives + 5, max(lmp + 24 * 7, arrives + 6)) if is_lost else None
    is_corrected = dice.random() < 0.14 and how != "unknown"
    return Life(
        number,
        arrives,
        *wants,
        True,
        knows=how,
        lmp_day=lmp,
        corrected_on=arrives + dice.randrange(8, 70) if is_corrected else None,
        corrected_by=dice.choice((-21, -14, -10, -6, 5, 9, 14, 20)),
        born_on=None if lost else born,
        babies=2 if dice.random() < 0.04 else 1,
        tells_birth_after=None if dice.random() < 0.05 else dice.randrange(0, 9),
        lost_on=lost,
        takes_loss_back=lost is not None and dice.random() < 0.12,
        **trouble,
    )


def _trouble(dice: Random, arrives: int, days: int) -> dict[str, int | None]:
    """What she does about being written to, and what becomes of her phone."""

    def later() -> int:
        return arrives + dice.randrange(4, 150)

    stops = later() if dice.random() < 0.1 else None
    blocked = later() if dice.random() < 0.06 else None
    return {
        "stops_on": stops,
        "starts_on": stops + dice.randrange(3, 60) if stops is not None and dice.random() < 0.6 else None,
        "forgets_on": later() if dice.random() < 0.04 else None,
        "blocked_on": blocked,
        "unblocked_on": blocked + dice.randrange(5, 50) if blocked is not None and dice.random() < 0.6 else None,
    }


def months_as_weeks(months: int) -> tuple[int, int]:
    """The completed weeks that "de cuatro meses" may mean, as the dialogue asks care to keep them."""
    return int(months * DAYS_OF_A_MONTH / 7), int((months + 1) * DAYS_OF_A_MONTH / 7) - 1


def day(start: date, number: int) -> date:
    """A day of the simulated year."""
    return start + timedelta(days=number)
