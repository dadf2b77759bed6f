"""Effects as lines of text, for the command. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from latido.experiments.effects import ArmEffect, Effect
from latido.experiments.rules.arms import OUTCOMES, Outcome
from latido.experiments.rules.judging import SMALL, Count

HIDDEN = f"hidden (< {SMALL})"
NOT_CORRECTED = "95 % intervals (Wilson, Newcombe), not corrected for looking often: wait for the least number"


def lines(effect: Effect) -> Iterator[str]:
    """One experiment as a table: its arms, then each outcome with its uncertainty."""
    made = effect.experiment
    yield f"{made.name}: {made.template}, {made.begins} to {made.ends}, owner: {made.owner}"
    yield f"  decided by: {made.primary} within {made.days[made.primary]} days, {made.least} residents an arm at least"
    yield f"  {'arm':<4} {'queued':>8} {'sent':>8} {'refused':>8} {'plain instead':>14} {'not compared':>13}  state"
    for arm in effect.arms:
        yield _arm_line(arm)
    yield f"  {'outcome':<10} {'days':>4}  {'arm':<4} {'share':<34} {'less plain, points':<24} better than plain"
    for outcome in OUTCOMES:
        yield from (_outcome_line(effect, arm, outcome) for arm in effect.arms)
    yield f"  {NOT_CORRECTED}"


def _arm_line(arm: ArmEffect) -> str:
    counts = arm.counts
    numbers = f"{_small(counts.queued):>8} {_small(counts.sent):>8} {_small(counts.refused.hits):>8}"
    return (
        f"  {arm.arm.name:<4} {numbers} {_small(counts.sent_plain):>14} {_small(counts.fell_back):>13}  {_state(arm)}"
    )


def _state(arm: ArmEffect) -> str:
    if arm.stopped_at is not None:
        return f"stopped {arm.stopped_at:%Y-%m-%d}: {arm.stopped_why}"
    return f"proposed {arm.proposed_at:%Y-%m-%d}: two persons decide" if arm.proposed_at is not None else ""


def _small(count: int) -> str:
    return f"<{SMALL}" if 0 < count < SMALL else str(count)


def _outcome_line(effect: Effect, arm: ArmEffect, outcome: Outcome) -> str:
    share, less = effect.share(arm, outcome), effect.difference(arm, outcome)
    better = effect.probability_better(arm, outcome)
    count: Count = arm.counts.of(outcome)
    shown = HIDDEN if share is None else f"{share.point:.1%} ({share.low:.1%} to {share.high:.1%}) of {count.of}"
    points = "" if less is None else f"{less.point * 100:+.1f} ({less.low * 100:+.1f} to {less.high * 100:+.1f})"
    probable = "" if better is None else f"{better:.2f}"
    days = effect.experiment.days[outcome]
    return f"  {outcome:<10} {days:>4}  {arm.arm.name:<4} {shown:<34} {points:<24} {probable}".rstrip()
