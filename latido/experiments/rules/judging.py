"""When an arm is stopped, by itself, and when it is proposed, to two persons. The numbers are data. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from latido.experiments.rules.arms import Outcome
from latido.experiments.rules.intervals import Interval, difference, probability_higher, wilson

SMALL = 10
Stop = Literal["opted_out", "refused"]


@dataclass(frozen=True)
class Count:
    """`hits` residents of `of`."""

    hits: int
    of: int

    @property
    def is_small(self) -> bool:
        """Whether the number could point at somebody: 1 to 9 residents, with the outcome or without it."""
        return self.of < SMALL or 0 < self.hits < SMALL or 0 < self.of - self.hits < SMALL

    @property
    def interval(self) -> Interval:
        """The proportion and how sure it is."""
        return wilson(self.hits, self.of)

    def less(self, plain: Count) -> Interval:
        """This proportion less another one."""
        return difference(self.hits, self.of, plain.hits, plain.of)

    def higher_than(self, plain: Count) -> float:
        """How probable it is that this proportion is truly the higher one."""
        return probability_higher(self.hits, self.of, plain.hits, plain.of)


@dataclass(frozen=True)
class ArmCounts:
    """What became of one arm's residents.

    `queued`: told to the message log; `sent`: accepted by Twilio, who count as exposed; `fell_back`: told the plain
    wording because not every arm's was approved, and not compared; `sent_plain`: in this arm, but sent as the plain
    template, as its own was not approved any more; `forgotten`: asked to be forgotten after it. `outcomes`: among
    those whose days are over. `opted_out_so_far`, `refused`: among all that were sent, or tried.
    """

    queued: int = 0
    fell_back: int = 0
    sent: int = 0
    sent_plain: int = 0
    forgotten: int = 0
    outcomes: Mapping[Outcome, Count] | None = None
    opted_out_so_far: Count = Count(0, 0)
    refused: Count = Count(0, 0)

    def of(self, outcome: Outcome) -> Count:
        """How many of those whose days are over did."""
        return (self.outcomes or {}).get(outcome, Count(0, 0))


@dataclass(frozen=True)
class StopRule:
    """An arm is stopped when it has `least` residents, and is worse than the plain one by more than `worse_by`, surely:
    the lower end of the 95 % interval of the difference (0.005: half a point)."""

    least: int
    worse_by: float

    def holds(self, arm: Count, plain: Count) -> bool:
        """Whether the arm has to be stopped."""
        return min(arm.of, plain.of) >= self.least and arm.less(plain).low > self.worse_by


@dataclass(frozen=True)
class JudgingRules:
    """The eviction rules, and from which probability on an arm is proposed for adoption."""

    opted_out: StopRule
    refused: StopRule
    propose_from: float


def why_stop(rules: JudgingRules, arm: ArmCounts, plain: ArmCounts) -> Stop | None:
    """The rule by which this arm must be told to nobody else; None while it may go on."""
    if rules.opted_out.holds(arm.opted_out_so_far, plain.opted_out_so_far):
        return "opted_out"
    if rules.refused.holds(arm.refused, plain.refused):
        return "refused"
    return None


def is_proposed(rules: JudgingRules, outcome: Outcome, least: int, arm: ArmCounts, plain: ArmCounts) -> bool:
    """Whether two persons should decide on adopting this arm: enough residents, and very probably better."""
    mine, theirs = arm.of(outcome), plain.of(outcome)
    if min(mine.of, theirs.of) < least:
        return False
    higher = mine.higher_than(theirs)
    better = 1 - higher if outcome == "opted_out" else higher
    return better > rules.propose_from
