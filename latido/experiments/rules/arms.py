"""Experiments as values, and which wording a resident is told: the same one for as long as it runs. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate
from typing import Literal

Outcome = Literal["delivered", "answered", "booked", "attended", "opted_out"]
OUTCOMES: tuple[Outcome, ...] = ("delivered", "answered", "booked", "attended", "opted_out")
PLAIN = "a"


@dataclass(frozen=True)
class Arm:
    """One wording and its share of the residents; `a` is the plain one, every other is called as its variant."""

    name: str
    share: int

    @property
    def variant(self) -> str:
        """The variant of the template that this arm is told."""
        return "" if self.name == PLAIN else self.name


@dataclass(frozen=True)
class Decision:
    """What two persons decided once it was over: `adopted`, from then on everybody is told `arm`."""

    arm: str
    adopted: bool
    by: tuple[str, ...]
    on: date


@dataclass(frozen=True)
class Experiment:
    """One comparison. `days`: how long after the message each outcome counts; `least`: residents an arm needs.

    `title`, `owner` and `why` are for operators.
    """

    name: str
    template: str
    arms: tuple[Arm, ...]
    begins: date
    ends: date
    primary: Outcome
    days: Mapping[Outcome, int]
    least: int
    title: str
    owner: str
    why: str
    decision: Decision | None = None

    @property
    def variants(self) -> tuple[Arm, ...]:
        """The arms that differ from the plain wording."""
        return tuple(arm for arm in self.arms if arm.name != PLAIN)

    def runs_on(self, day: date) -> bool:
        """Whether residents are assigned that day, both ends included; once it was decided, none are."""
        return self.decision is None and self.begins <= day <= self.ends

    def adopted_on(self, day: date) -> str | None:
        """The arm that everybody is told since it was decided."""
        decided = self.decision
        return decided.arm if decided is not None and decided.adopted and decided.on <= day else None


def arm_of(experiment: Experiment, resident: str) -> Arm:
    """The arm of a resident: by her key and the experiment's name alone, whenever, wherever and in whatever order."""
    digest = hashlib.sha256(f"{experiment.name}\n{resident}".encode()).digest()
    shares = [arm.share for arm in experiment.arms]
    place = int.from_bytes(digest[:8]) * sum(shares) >> 64
    return next(arm for arm, upto in zip(experiment.arms, accumulate(shares), strict=True) if place < upto)


def of_template(experiments: Sequence[Experiment], template: str, day: date) -> Experiment | None:
    """The experiment that decides on this template's wording that day; there is one at most."""
    mine = [each for each in experiments if each.template == template]
    running = (each for each in mine if each.runs_on(day))
    decided = sorted((each for each in mine if each.adopted_on(day)), key=lambda each: each.ends)
    return next(running, decided[-1] if decided else None)
