"""Lanes: per resident and kind of work, one worker at a time, in order, on any number of hosts.

A lane is due while its resident has open messages. Whoever claims it holds a lease with a token; every write of the
work carries the token, so a worker that was too slow changes nothing (fencing).
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Literal

from sqlalchemy import ColumnElement, Connection, Engine, Integer, Interval, and_, bindparam, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.sql.dml import ReturningUpdate

from latido.messaging.tables import lane, message

LaneName = Literal["turn", "send"]
OPEN_STATES: dict[LaneName, tuple[str, ...]] = {"turn": ("received",), "send": ("queued", "sending", "unknown")}


class LeaseLost(Exception):
    """Another worker holds the lane now: stop, and change nothing."""


@dataclass(frozen=True)
class Lease:
    """The right to work alone on one resident's lane until it is released or runs out."""

    resident: str
    name: LaneName
    token: uuid.UUID


def make_due(connection: Connection, resident: str, name: LaneName) -> None:
    """Say, inside the transaction that adds the work, that the lane has something to do now.

    A lane that is backing off keeps its later time only until new work comes.
    """
    statement = upsert(lane).values(resident=resident, name=name, due_at=func.now())
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=[lane.c.resident, lane.c.name],
            set_={"due_at": func.least(func.coalesce(lane.c.due_at, func.now()), func.now())},
        )
    )


def claim(engine: Engine, name: LaneName, limit: int, lease_seconds: float) -> list[Lease]:
    """Up to `limit` lanes that are due and free, longest due first, leased for `lease_seconds`."""
    given = {"lane": name, "most": limit, "span": timedelta(seconds=lease_seconds)}
    with engine.begin() as connection:
        return [Lease(row.resident, name, row.lease_token) for row in connection.execute(_claiming(), given)]


@cache
def _claiming() -> ReturningUpdate[tuple[str, uuid.UUID]]:
    """The statement of `claim`, made once: workers ask it many times a second, and making it takes longer than that."""
    this = lane.c.name == bindparam("lane")
    free = or_(lane.c.lease_until.is_(None), lane.c.lease_until < func.now())
    due = (
        select(lane.c.resident)
        .where(this, lane.c.due_at <= func.now(), free)
        .order_by(lane.c.due_at)
        .limit(bindparam("most", type_=Integer))
        .with_for_update(skip_locked=True)
        .cte("due")  # a plain sub-query could be run again by the planner and lease more than `most`
    )
    lease = {"lease_until": func.now() + bindparam("span", type_=Interval), "lease_token": func.gen_random_uuid()}
    leased = update(lane).where(this, lane.c.resident == due.c.resident).values(lease)
    return leased.returning(lane.c.resident, lane.c.lease_token)


def hold(connection: Connection, lease: Lease, lease_seconds: float) -> None:
    """Lock the lane inside this transaction and renew its lease; raises LeaseLost when it is not ours any more."""
    held = connection.execute(
        update(lane).where(_held_by(lease)).values(lease_until=func.now() + timedelta(seconds=lease_seconds))
    )
    if held.rowcount != 1:
        raise LeaseLost(lease.name)


def release(engine: Engine, lease: Lease, delay_seconds: float | None = None) -> None:
    """Give the lane back: due again after `delay_seconds`, else when its open work is, else at rest."""
    with engine.begin() as connection:
        locked = connection.execute(select(lane.c.due_at).where(_held_by(lease)).with_for_update()).first()
        if locked is None:
            return
        later = None if delay_seconds is None else func.now() + timedelta(seconds=delay_seconds)
        due = _open_work_from(lease) if later is None else later
        connection.execute(update(lane).where(_held_by(lease)).values(due_at=due, lease_until=None, lease_token=None))


def _held_by(lease: Lease) -> ColumnElement[bool]:
    return and_(lane.c.resident == lease.resident, lane.c.name == lease.name, lane.c.lease_token == lease.token)


def _open_work_from(lease: Lease) -> ColumnElement[datetime]:
    """When the first of the open messages may be worked on: now, unless all are put off; null when there is none."""
    earliest = select(func.min(func.coalesce(message.c.not_before, func.now()))).where(
        message.c.resident == lease.resident, message.c.state.in_(OPEN_STATES[lease.name])
    )
    return earliest.scalar_subquery()
