"""Stopping an arm that does harm, by itself, and proposing one that seems better: operators are told, once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert as upsert

from latido.care.services import BUENOS_AIRES
from latido.console.audit.log import record
from latido.experiments.counting import count_arms
from latido.experiments.rules.arms import PLAIN, Arm, Experiment
from latido.experiments.rules.judging import ArmCounts, is_proposed, why_stop
from latido.experiments.tables import arms, exposures
from latido.reminders.alerting import tell_proposed, tell_stopped
from latido.reminders.outcomes import note_outcomes
from latido.reminders.parts import Reminders


def learn(reminders: Reminders) -> None:
    """Keep what followed the messages that are compared, then judge every experiment that is not decided."""
    if reminders.experiments is None:
        return
    note_outcomes(reminders.care, reminders.experiments)
    today = reminders.care.now().astimezone(BUENOS_AIRES).date()
    for experiment in reminders.experiments.all:
        if experiment.decision is None and experiment.begins <= today:
            judge(reminders, experiment)


def judge(reminders: Reminders, experiment: Experiment) -> None:
    """Apply the rules of the data to each variant of this experiment, in one transaction with what is told of it."""
    care = reminders.care
    if reminders.experiments is None:
        return
    rules = reminders.experiments.rules
    with care.engine.begin() as connection:
        counts = count_arms(connection, experiment, care.now())
        plain = counts[PLAIN]
        for arm in experiment.variants:
            mine = counts[arm.name]
            why = why_stop(rules, mine, plain)
            if why is not None:
                _stop(connection, experiment, arm, why, care.now())
            elif is_proposed(rules, experiment.primary, experiment.least, mine, plain):
                _propose(connection, experiment, arm, mine, care.now())


def _stop(connection: Connection, experiment: Experiment, arm: Arm, why: str, now: datetime) -> None:
    if _mark(connection, experiment, arm, stopped_at=now, stopped_why=why):
        tell_stopped(connection, _somebody(connection, experiment, arm), experiment.name, arm.name, why)
        record(connection, None, "variant_stopped", experiment=experiment.name, arm=arm.name, rule=why)


def _propose(connection: Connection, experiment: Experiment, arm: Arm, counts: ArmCounts, now: datetime) -> None:
    if _mark(connection, experiment, arm, proposed_at=now):
        tell_proposed(connection, _somebody(connection, experiment, arm), experiment.name, arm.name)
        count = counts.of(experiment.primary).of
        record(connection, None, "variant_proposed", experiment=experiment.name, arm=arm.name, count=count)


def _mark(connection: Connection, experiment: Experiment, arm: Arm, **what: object) -> bool:
    """Whether it is we who mark it: of several workers one, and once. An arm that was stopped is proposed no more."""
    kept = upsert(arms).values(experiment=experiment.name, arm=arm.name, **what)
    (moment, *_) = what
    free = arms.c[moment].is_(None) & arms.c.stopped_at.is_(None)
    done = kept.on_conflict_do_update(index_elements=["experiment", "arm"], set_=what, where=free)
    return connection.execute(done.returning(arms.c.arm)).first() is not None


def _somebody(connection: Connection, experiment: Experiment, arm: Arm) -> str | None:
    """Whoever was told it last: an alert stands in somebody's conversation."""
    hers = (exposures.c.experiment == experiment.name, exposures.c.arm == arm.name)
    last = select(exposures.c.resident).where(*hers).order_by(exposures.c.first_at.desc()).limit(1)
    return connection.execute(last).scalar()
