"""What became of each arm's residents, counted in the database: nobody is read one by one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection, Row, Subquery, and_, func, select

from latido.experiments.rules.arms import OUTCOMES, Experiment, Outcome
from latido.experiments.rules.judging import ArmCounts, Count
from latido.experiments.tables import arms, exposures
from latido.messaging.sender import WITHDRAWN
from latido.messaging.tables import message, message_template

REMINDERS = "reminders"

# Of other parts, as far as they are counted.
_reminders = sa.table("reminder", sa.column("id"), sa.column("answered_at", sa.DateTime(timezone=True)))
_consents = sa.table(
    "care_consent",
    sa.column("resident"),
    sa.column("scope"),
    sa.column("withdrawn_at", sa.DateTime(timezone=True)),
)


def count_arms(connection: Connection, experiment: Experiment, now: datetime) -> dict[str, ArmCounts]:
    """Each arm's counts by its name, also of arms that nobody was told yet."""
    facts = _facts(experiment)
    rows = connection.execute(select(facts.c.arm, *_columns(facts, experiment, now)).group_by(facts.c.arm))
    found = {row.arm: row for row in rows}
    gone = {row.arm: int(row.forgotten) for row in connection.execute(_forgotten(experiment))}
    return {arm.name: _counts(found.get(arm.name), gone.get(arm.name, 0)) for arm in experiment.arms}


def _forgotten(experiment: Experiment) -> sa.Select[Any]:
    return select(arms.c.arm, arms.c.forgotten).where(arms.c.experiment == experiment.name)


def _facts(experiment: Experiment) -> Subquery:
    """One row a resident: her arm, what became of her message, and when each outcome happened."""
    said, left = _said(experiment), _left(experiment)
    return (
        select(
            exposures.c.arm,
            exposures.c.fell_back,
            said.c.sent_at,
            (said.c.refused | said.c.undelivered).label("refused"),
            (said.c.sent_as_variant != _variant_of_arm()).label("sent_plain"),
            said.c.delivered_at.label("delivered"),
            _reminders.c.answered_at.label("answered"),
            exposures.c.booked_at.label("booked"),
            exposures.c.attended_at.label("attended"),
            left.c.opted_out,
        )
        .join(_reminders, _reminders.c.id == exposures.c.reminder_id)
        .outerjoin(said, said.c.reminder_id == exposures.c.reminder_id)
        .outerjoin(left, left.c.resident == exposures.c.resident)
        .where(exposures.c.experiment == experiment.name)
        .subquery("facts")
    )


def _left(experiment: Experiment) -> Subquery:
    """When each one withdrew her consent after it. All at once: consents have no index that finds the withdrawn."""
    return (
        select(exposures.c.resident, func.min(_consents.c.withdrawn_at).label("opted_out"))
        .join(_consents, _consents.c.resident == exposures.c.resident)
        .where(exposures.c.experiment == experiment.name, _consents.c.scope == REMINDERS)
        .where(_consents.c.withdrawn_at >= exposures.c.first_at)
        .group_by(exposures.c.resident)
        .subquery("gone")
    )


def _variant_of_arm() -> ColumnElement[str]:
    return sa.case((exposures.c.arm == "a", ""), else_=exposures.c.arm)


def _said(experiment: Experiment) -> Subquery:
    """The messages of each reminder as one: a refusal counts while none was accepted, one taken back never."""
    mine = select(exposures.c.reminder_id).where(exposures.c.experiment == experiment.name)
    failed, accepted = message.c.state == "failed", message.c.handed_over_at.is_not(None)
    withdrawn = func.coalesce(message.c.last_error, "") == WITHDRAWN
    return (
        select(
            message.c.reminder_id,
            func.min(message.c.handed_over_at).label("sent_at"),
            func.min(func.coalesce(message.c.delivered_at, message.c.read_at)).label("delivered_at"),
            (func.bool_or(failed & ~accepted & ~withdrawn) & ~func.bool_or(accepted)).label("refused"),
            func.bool_or(failed & accepted).label("undelivered"),
            func.min(message_template.c.variant).label("sent_as_variant"),
        )
        .outerjoin(message_template, message_template.c.content_name == message.c.sent_as)
        .where(message.c.reminder_id.in_(mine))
        .group_by(message.c.reminder_id)
        .subquery("said")
    )


def _columns(facts: Subquery, experiment: Experiment, now: datetime) -> list[ColumnElement[Any]]:
    compared, sent = ~facts.c.fell_back, facts.c.sent_at.is_not(None)
    named = {
        "queued": compared,
        "fell_back": facts.c.fell_back,
        "sent": compared & sent,
        "sent_plain": compared & sent & func.coalesce(facts.c.sent_plain, sa.false()),
        "tried": compared & (sent | facts.c.refused),
        "refused": compared & facts.c.refused,
        "opted_out_so_far": compared & _within(facts, "opted_out", experiment),
    }
    for outcome in OUTCOMES:
        over = and_(compared, facts.c.sent_at <= now - timedelta(days=experiment.days[outcome]))
        named |= {f"{outcome}_of": over, f"{outcome}_hits": over & _within(facts, outcome, experiment)}
    return [func.count().filter(condition).label(name) for name, condition in named.items()]


def _within(facts: Subquery, outcome: Outcome, experiment: Experiment) -> ColumnElement[bool]:
    """Whether it happened in its days after the message was sent."""
    limit = facts.c.sent_at + sa.literal(timedelta(days=experiment.days[outcome]), sa.Interval())
    return facts.c[outcome].between(facts.c.sent_at, limit)


def _counts(row: Row[Any] | None, forgotten: int) -> ArmCounts:
    """Who asked to be forgotten counts as sent to, and as opted out: it is the firmest way to say so."""
    value = row._mapping if row is not None else dict[str, int]()
    gone = Count(forgotten, forgotten)
    outcomes = {outcome: Count(value.get(f"{outcome}_hits", 0), value.get(f"{outcome}_of", 0)) for outcome in OUTCOMES}
    outcomes["opted_out"] = _plus(outcomes["opted_out"], gone)
    sent = value.get("sent", 0) + forgotten
    return ArmCounts(
        queued=value.get("queued", 0) + forgotten,
        fell_back=value.get("fell_back", 0),
        sent=sent,
        sent_plain=value.get("sent_plain", 0),
        forgotten=forgotten,
        outcomes=outcomes,
        opted_out_so_far=_plus(Count(value.get("opted_out_so_far", 0), value.get("sent", 0)), gone),
        refused=Count(value.get("refused", 0), value.get("tried", 0)),
    )


def _plus(count: Count, more: Count) -> Count:
    return Count(count.hits + more.hits, count.of + more.of)
