"""Claiming due reminders: oldest first, under a lease with a token, never more than the message log may hold."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, func, select, update

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


# Written by hand because it is the one that counts: the rows are found again by where they lie instead of by their id,
# and the common table is one that the database's planner cannot run twice, which would claim more than the limit.
# A row that somebody changed in the meantime lies elsewhere by now: it is left alone until the next claim.
# The limit is a number: of one that is worked out, the planner would not know that it is small.
_CLAIM = """
WITH due AS MATERIALIZED (
    SELECT ctid AS place FROM reminder
    WHERE state = 'pending' AND due_at <= %(now)s AND message_id IS NULL
    ORDER BY due_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
UPDATE reminder SET
    state = CASE WHEN not_after > %(now)s THEN 'claimed' ELSE 'expired' END,
    lease_until = CASE WHEN not_after > %(now)s THEN now() + %(lease)s END,
    lease_token = CASE WHEN not_after > %(now)s THEN gen_random_uuid() END,
    attempts = attempts + CASE WHEN not_after > %(now)s THEN 1 ELSE 0 END,
    last_reason = CASE WHEN not_after > %(now)s THEN NULL ELSE %(too_late)s END,
    changed_at = %(now)s
FROM due WHERE reminder.ctid = due.place
RETURNING reminder.id, reminder.key, reminder.resident, reminder.lease_token
"""
# A claim that a crash of the database undoes was never acted upon: what is done with it is committed after it.
_NOT_WAITING_FOR_THE_DISK = "SET LOCAL synchronous_commit = off"
# Sent together. They are statements of their own all the same: the count must see what whoever held the lock claimed.
_ONE_CLAIMS_AND_COUNTS = """
SELECT pg_advisory_xact_lock(hashtextextended('reminder-claim', 4));
SELECT count(*) FROM reminder WHERE state IN ('claimed', 'queued');
SET LOCAL synchronous_commit = off
"""


def claim_due(connection: Connection, now: datetime, limit: int, lease: timedelta) -> tuple[list[Claim], int]:
    """Up to `limit` due reminders, and how many of those looked at were too late and have expired. One statement."""
    connection.exec_driver_sql(_NOT_WAITING_FOR_THE_DISK)
    return _claim(connection, now, limit, lease)


def _claim(connection: Connection, now: datetime, limit: int, lease: timedelta) -> tuple[list[Claim], int]:
    given = {"now": now, "limit": limit, "lease": lease, "too_late": TOO_LATE}
    rows = connection.exec_driver_sql(_CLAIM, given).all()
    claims = [Claim(row.id, row.key, row.resident, row.lease_token) for row in rows if row.lease_token is not None]
    return sorted(claims, key=lambda claim: claim.id), len(rows) - len(claims)


def claim_within(engine: Engine, now: datetime, in_log: int, at_once: int, lease: timedelta) -> tuple[list[Claim], int]:
    """As `claim_due`, as many as leave at most `in_log` reminders on their way at a time, whoever else claims."""
    with engine.begin() as connection:
        limit = min(at_once, in_log - _busy(connection))
        return _claim(connection, now, limit, lease) if limit > 0 else ([], 0)


def _busy(connection: Connection) -> int:
    """How many reminders are on their way, once nobody else claims; until the transaction ends nobody does."""
    results = connection.exec_driver_sql(_ONE_CLAIMS_AND_COUNTS)
    answer: Any = results.cursor
    answer.nextset()
    (busy,) = answer.fetchone()
    results.close()
    return int(busy)


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
