"""One experiment as its page shows it: a sentence, a chart for each outcome, and what became of the arms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from latido.console.effects.charts import Chart, chart_of
from latido.console.effects.words import count_in_words, difference_in_words, probability_in_words, share_in_words
from latido.console.reading import label
from latido.console.showing import BUENOS_AIRES
from latido.experiments.effects import ArmEffect, Effect
from latido.experiments.rules.arms import OUTCOMES, Experiment, Outcome


@dataclass(frozen=True)
class Line:
    """One arm in a chart's text; `difference` and `better` are empty for the plain wording, or while hidden."""

    arm: str
    share: str
    difference: str
    better: str


@dataclass(frozen=True)
class OutcomeShown:
    """One outcome: its chart, and the same in words."""

    name: Outcome
    days: int
    is_primary: bool
    chart: Chart | None
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class ArmShown:
    """What became of one arm."""

    arm: str
    queued: str
    sent: str
    refused: str
    sent_plain: str
    fell_back: str
    stopped_at: datetime | None
    stopped_why: str
    proposed_at: datetime | None


@dataclass(frozen=True)
class Panel:
    """One experiment."""

    experiment: Experiment
    state: str
    arms: tuple[ArmShown, ...]
    outcomes: tuple[OutcomeShown, ...]


def panel_of(effect: Effect, now: datetime) -> Panel:
    """Everything that is shown of an experiment, the outcome that decides first."""
    made = effect.experiment
    order = sorted(OUTCOMES, key=lambda outcome: outcome != made.primary)
    return Panel(
        made,
        _state(made, now),
        tuple(_arm(each) for each in effect.arms),
        tuple(_outcome(effect, outcome) for outcome in order),
    )


def _state(made: Experiment, now: datetime) -> str:
    today = now.astimezone(BUENOS_AIRES).date()
    if made.decision is not None:
        return "adopted" if made.decision.adopted else "dropped"
    return "running" if made.runs_on(today) else "to_come" if today < made.begins else "over"


def _arm(each: ArmEffect) -> ArmShown:
    counts = each.counts
    return ArmShown(
        arm=each.arm.name,
        queued=count_in_words(counts.queued),
        sent=count_in_words(counts.sent),
        refused=count_in_words(counts.refused.hits),
        sent_plain=count_in_words(counts.sent_plain),
        fell_back=count_in_words(counts.fell_back),
        stopped_at=each.stopped_at,
        stopped_why=label("effects_stopped", each.stopped_why) if each.stopped_why else "",
        proposed_at=each.proposed_at,
    )


def _outcome(effect: Effect, outcome: Outcome) -> OutcomeShown:
    shares = [effect.share(arm, outcome) for arm in effect.arms]
    made = effect.experiment
    return OutcomeShown(
        outcome,
        made.days[outcome],
        outcome == made.primary,
        chart_of(shares) if any(shares) else None,
        tuple(_line(effect, arm, outcome) for arm in effect.arms),
    )


def _line(effect: Effect, arm: ArmEffect, outcome: Outcome) -> Line:
    share, difference = effect.share(arm, outcome), effect.difference(arm, outcome)
    better, count = effect.probability_better(arm, outcome), arm.counts.of(outcome)
    nobody = "nobody_yet" if count.of == 0 else "hidden"
    return Line(
        arm.arm.name,
        share_in_words(share, count.of) if share else label("effects", nobody),
        difference_in_words(difference) if difference else "",
        probability_in_words(better) if better is not None else "",
    )
