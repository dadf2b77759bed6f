"""What is due at a moment and what is in its way; and a rehearsal of what would be said: both only read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from latido.care.errors import HealthServiceUnavailable
from latido.care.residents import CONTENT, REMINDERS
from latido.care.tables import consents
from latido.messaging.tables import resident as residents
from latido.reminders.breaking import judge
from latido.reminders.knowing import known_of
from latido.reminders.parts import Reminders
from latido.reminders.planning import is_stale
from latido.reminders.rules.steps import Step
from latido.reminders.tables import OPEN, reminder


@dataclass(frozen=True)
class Due:
    """A row that is due. `whose`: the beginning of the resident's key; `why_not`: empty when nothing is in its way."""

    id: int
    whose: str
    due_at: datetime
    name: str
    state: str
    why_not: str


def due_rows(reminders: Reminders, limit: int) -> list[Due]:
    """The rows that are due and not settled, oldest first."""
    now = reminders.care.now()
    query = select(reminder).where(reminder.c.state.in_(OPEN), reminder.c.due_at <= now)
    with reminders.care.engine.connect() as connection:
        paused = judge(connection, reminders) is not None
        rows = connection.execute(query.order_by(reminder.c.due_at, reminder.c.id).limit(limit)).all()
        return [_due(connection, reminders, row, paused) for row in rows]


def _due(connection: Connection, reminders: Reminders, row: Row[Any], paused: bool) -> Due:
    reason = row.last_reason if row.state == "claimed" else _why_not(connection, reminders, row, paused)
    return Due(row.id, row.resident[:8], row.due_at, row.name, row.state, reason or "")


def _why_not(connection: Connection, reminders: Reminders, row: Row[Any], paused: bool) -> str:
    now = reminders.care.now()
    reasons = {
        "too late: it will expire": row.not_after <= now,
        "in the message log": row.state == "queued",
        "an earlier message is not settled": row.state == "pending" and row.message_id is not None,
        "quiet hours": reminders.allowed_from(row.name, now) > now,
        "reminders are paused": paused,
        "her plan is stale: it is made anew first": is_stale(connection, row.resident),
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def rehearse(reminders: Reminders) -> Counter[str]:
    """What a run at this moment would do, by what becomes of each step; nothing is written."""
    outcomes: Counter[str] = Counter()
    for resident in _who_is_written_to(reminders):
        try:
            known = known_of(reminders.care, resident)
        except HealthServiceUnavailable:
            outcomes["the health service does not answer"] += 1
            continue
        steps = reminders.plan(known, reminders.care.now())
        outcomes.update(_fates(reminders, resident, {step.key: step for step in steps}))
    return outcomes


def _fates(reminders: Reminders, resident: str, steps: dict[str, Step]) -> Iterator[str]:
    """What would become of those steps that are due."""
    now = reminders.care.now()
    with reminders.care.engine.connect() as connection:
        query = select(reminder.c.key, reminder.c.state).where(reminder.c.resident == resident)
        states = {row.key: row.state for row in connection.execute(query)}
    for step in steps.values():
        if step.due_at > now or states.get(step.key) in ("queued", "sent", "failed", "listed"):
            continue
        if step.is_listed:
            yield "listed"
        else:
            yield "quiet hours" if reminders.allowed_from(step.name, now) > now else "queued"
    unsaid = [key for key, state in states.items() if state in ("pending", "claimed") and key not in steps]
    yield from ("cancelled" for _ in unsaid)


def _who_is_written_to(reminders: Reminders) -> list[str]:
    wants = (consents.c.scope.in_((REMINDERS, CONTENT)), consents.c.withdrawn_at.is_(None))
    query = select(residents.c.key).where(residents.c.key.in_(select(consents.c.resident).where(*wants)))
    with reminders.care.engine.connect() as connection:
        return list(connection.execute(query.order_by(residents.c.key)).scalars())
