"""Claiming due reminders: oldest first, under a lease with a token, never more than the message log may hold."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, case, func, null, select, text, update

from latido.reminders.aligning import TOO_LATE
from latido.reminders.tables import reminder

LAPSED = "whoever looked at it stopped"
LAPSED_AT_ONCE = 1000


@dataclass(frozen=True)
class Claim:
    """The right to decide on one reminder until the lease is over or the row is let go of."""

    id: int
    key: str
    resident: str
    token: uuid.UUID


def claim_due(connection: Connection, now: datetime, limit: int, lease: timedelta) -> tuple[list[Claim], int]:
    """Up to `limit` due reminders, and how many of those looked at were too late and have expired. One statement."""
    due = (
        select(reminder.c.id)
        .where(reminder.c.state == "pending", reminder.c.due_at <= now, reminder.c.message_id.is_(None))
        .order_by(reminder.c.due_at, reminder.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .cte("due")  # a plain sub-query could be run again by the database's planner and claim more than `limit`
    )
    in_time = reminder.c.not_after > now
    statement = (
        update(reminder)
        .where(reminder.c.id == due.c.id)
        .values(
            state=case((in_time, "claimed"), else_="expired"),
            lease_until=case((in_time, func.now() + lease), else_=null()),
            lease_token=case((in_time, func.gen_random_uuid()), else_=null()),
            attempts=reminder.c.attempts + case((in_time, 1), else_=0),
            last_reason=case((in_time, null()), else_=TOO_LATE),
            changed_at=now,
        )
        .returning(reminder.c.id, reminder.c.key, reminder.c.resident, reminder.c.lease_token)
    )
    rows = connection.execute(statement).all()
    claims = [Claim(row.id, row.key, row.resident, row.lease_token) for row in rows if row.lease_token is not None]
    return sorted(claims, key=lambda claim: claim.id), len(rows) - len(claims)


def claim_within(engine: Engine, now: datetime, in_log: int, at_once: int, lease: timedelta) -> tuple[list[Claim], int]:
    """As `claim_due`, as many as leave at most `in_log` reminders on their way at a time, whoever else claims."""
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('reminder-claim', 4))"))
        under_way = reminder.c.state.in_(("claimed", "queued"))
        busy = int(connection.execute(select(func.count()).where(under_way)).scalar_one())
        limit = min(at_once, in_log - busy)
        return claim_due(connection, now, limit, lease) if limit > 0 else ([], 0)


def take_back_lapsed(engine: Engine, now: datetime) -> int:
    """Reminders whose lease is over are due again; returns how many."""
    over = (
        select(reminder.c.id)
        .where(reminder.c.state == "claimed", reminder.c.lease_until < func.now())
        .limit(LAPSED_AT_ONCE)
        .with_for_update(skip_locked=True)
        .cte("over")
    )
    back = update(reminder).where(reminder.c.id == over.c.id)
    again = {"state": "pending", "lease_until": None, "lease_token": None, "changed_at": now}
    with engine.begin() as connection:
        return connection.execute(back.values(again | {"last_reason": LAPSED})).rowcount


def put_off(engine: Engine, claims: list[Claim], span: timedelta, reason: str) -> None:
    """Nobody decides on these for a while: they stay claimed, by nobody, until the lease is over."""
    mine = reminder.c.lease_token.in_([claim.token for claim in claims])
    later = {"lease_until": func.now() + span, "lease_token": None, "last_reason": reason}
    with engine.begin() as connection:
        connection.execute(
            update(reminder)
            .where(reminder.c.id.in_([claim.id for claim in claims]), mine, reminder.c.state == "claimed")
            .values(later)
        )
