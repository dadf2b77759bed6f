"""The effect of each arm, as it may be shown: numbers that could point at somebody are left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from latido.experiments.counting import count_arms
from latido.experiments.rules.arms import PLAIN, Arm, Experiment, Outcome
from latido.experiments.rules.intervals import Interval
from latido.experiments.rules.judging import ArmCounts
from latido.experiments.tables import arms

# Fewer of these are better.
UNWANTED: frozenset[Outcome] = frozenset({"opted_out"})


@dataclass(frozen=True)
class ArmEffect:
    """One arm: what was counted, and whether it was stopped or proposed."""

    arm: Arm
    counts: ArmCounts
    stopped_at: datetime | None = None
    stopped_why: str | None = None
    proposed_at: datetime | None = None


@dataclass(frozen=True)
class Effect:
    """One experiment's arms, the plain one first."""

    experiment: Experiment
    arms: tuple[ArmEffect, ...]

    @property
    def plain(self) -> ArmEffect:
        """The arm that the others are compared with."""
        return self.arms[0]

    def share(self, arm: ArmEffect, outcome: Outcome) -> Interval | None:
        """The proportion; None while it could point at somebody."""
        count = arm.counts.of(outcome)
        return None if count.is_small else count.interval

    def difference(self, arm: ArmEffect, outcome: Outcome) -> Interval | None:
        """To the plain wording; None for the plain one itself, and while it could point at somebody."""
        mine, plain = arm.counts.of(outcome), self.plain.counts.of(outcome)
        return None if arm == self.plain or mine.is_small or plain.is_small else mine.less(plain)

    def probability_better(self, arm: ArmEffect, outcome: Outcome) -> float | None:
        """How probable it is that this arm is truly better than the plain wording; None where `difference` is."""
        if self.difference(arm, outcome) is None:
            return None
        higher = arm.counts.of(outcome).higher_than(self.plain.counts.of(outcome))
        return 1 - higher if outcome in UNWANTED else higher


def effects_of(connection: Connection, experiments: Sequence[Experiment], now: datetime) -> tuple[Effect, ...]:
    """The effects of these experiments as counted now."""
    kept = {(row.experiment, row.arm): row for row in connection.execute(select(arms))}
    return tuple(_effect(connection, each, kept, now) for each in experiments)


def _effect(
    connection: Connection, experiment: Experiment, kept: dict[tuple[str, str], Row[Any]], now: datetime
) -> Effect:
    counts = count_arms(connection, experiment, now)
    plain_first = sorted(experiment.arms, key=lambda arm: arm.name != PLAIN)
    return Effect(
        experiment,
        tuple(_arm_effect(arm, counts[arm.name], kept.get((experiment.name, arm.name))) for arm in plain_first),
    )


def _arm_effect(arm: Arm, counts: ArmCounts, row: Row[Any] | None) -> ArmEffect:
    if row is None:
        return ArmEffect(arm, counts)
    return ArmEffect(arm, counts, row.stopped_at, row.stopped_why, row.proposed_at)
