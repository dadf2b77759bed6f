"""The breaker: when too many of the last reminders were refused, no more are taken up, and the operators are told."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from sqlalchemy import Connection, select

from latido.reminders.alerting import tell_paused
from latido.reminders.held_back import CONTENT
from latido.reminders.parts import Reminders
from latido.reminders.tables import reminder

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Verdict:
    """Too many were refused: `failed` of the last `judged`; `resident`: whose was the last one."""

    failed: int
    judged: int
    resident: str


def judge(connection: Connection, reminders: Reminders) -> Verdict | None:
    """Whether reminders must wait because the last ones failed; that ends once those are some minutes old."""
    limits, now = reminders.limits, reminders.care.now()
    recent = (
        select(reminder.c.state, reminder.c.resident)
        .where(reminder.c.state.in_(("sent", "failed")), reminder.c.changed_at > now - limits.judged_within)
        .where(reminder.c.kind != CONTENT)  # that Meta withholds marketing must not hold up appointments
        .order_by(reminder.c.changed_at.desc())
        .limit(limits.judged)
    )
    rows = connection.execute(recent).all()
    failed = [row.resident for row in rows if row.state == "failed"]
    if len(rows) < limits.judged_least or len(failed) <= limits.bad_share * len(rows):
        return None
    return Verdict(len(failed), len(rows), failed[0])


def is_paused(reminders: Reminders) -> bool:
    """As `judge`; the operators are told once an hour."""
    with reminders.care.engine.begin() as connection:
        verdict = judge(connection, reminders)
        if verdict is None:
            return False
        hour = f"{reminders.care.now():%Y-%m-%dT%H}"
        tell_paused(connection, verdict.resident, hour, verdict.failed, verdict.judged)
    log.warning("reminders are paused: %s of the last %s were refused", verdict.failed, verdict.judged)
    return True
