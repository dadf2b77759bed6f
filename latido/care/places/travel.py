"""How long a way takes, on foot, by bus or by car: estimates from the straight line (data/places/travel.yml). Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MODES = ("walking", "bus", "car")


@dataclass(frozen=True)
class Mode:
    """One way to travel. `assumption` is the code of what its estimate rests on."""

    before_minutes: float
    detour: float
    metres_per_minute: float
    round_to_minutes: int
    assumption: str

    def minutes(self, straight_m: float) -> int:
        """Estimated minutes for a straight line in metres; at least one step of its rounding."""
        exact = self.before_minutes + straight_m * self.detour / self.metres_per_minute
        # To the minute an estimate is rounded fairly; a coarser one is rounded up, so that nobody comes late by it.
        steps = round(exact) if self.round_to_minutes == 1 else math.ceil(exact / self.round_to_minutes)
        return max(1, steps) * self.round_to_minutes


@dataclass(frozen=True)
class Travel:
    """The ways to travel that are estimated."""

    modes: Mapping[str, Mode]

    @property
    def walking(self) -> Mode:
        """On foot."""
        return self.modes["walking"]


def read_travel(content: Mapping[str, Any]) -> Travel:
    """Travel from the content of travel.yml; KeyError when a mode or a figure is missing."""
    return Travel({name: _mode(content["modes"][name]) for name in MODES})


def _mode(row: Mapping[str, Any]) -> Mode:
    return Mode(
        before_minutes=row["before_minutes"],
        detour=row["detour"],
        metres_per_minute=row["metres_per_minute"],
        round_to_minutes=row["round_to_minutes"],
        assumption=row["assumption"],
    )
