"""Lanes: per resident and kind of work, one worker at a time, in order, on any number of hosts.

A lane is due while its resident has open messages. Whoever claims it holds a lease with a token; every write of the
work carries the token, so a worker that was too slow changes nothing (fencing).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Interval,
    String,
    Update,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, UUID
from sqlalchemy.dialects.postgresql import insert as upsert

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
    make_all_due(connection, (resident,), name)


def make_all_due(connection: Connection, residents: Iterable[str], name: LaneName) -> None:
    """The same for several residents; lanes are locked in the order of their keys, by all who lock several."""
    rows = [{"resident": resident, "name": name} for resident in sorted(set(residents))]
    statement = upsert(lane).values(due_at=func.now())
    due_now = {"due_at": func.least(func.coalesce(lane.c.due_at, func.now()), func.now())}
    if rows:
        connection.execute(
            statement.on_conflict_do_update(index_elements=[lane.c.resident, lane.c.name], set_=due_now), rows
        )


def claim(engine: Engine, name: LaneName, limit: int, lease_seconds: float) -> list[Lease]:
    """Up to `limit` lanes that are due and free, longest due first, leased for `lease_seconds`."""
    wanted = {"name": name, "most": limit, "lease": timedelta(seconds=lease_seconds)}
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        claimed = connection.exec_driver_sql(_CLAIM, wanted)
        return [Lease(row.resident, name, row.lease_token) for row in claimed]


# The claim need not be on disk before the work begins: every write that follows is behind it in Postgres' own log, and
# a server that forgot the claim knows no lease of ours, so that we change nothing more. The lanes are found in a part
# of its own: a plain sub-query could be run again by the planner and lease more than `limit`.
_CLAIM = """
WITH unhurried AS MATERIALIZED (
    SELECT set_config('synchronous_commit', 'off', true)
), due AS MATERIALIZED (
    SELECT lane.resident FROM lane, unhurried
    WHERE lane.name = %(name)s AND lane.due_at <= now() AND (lane.lease_until IS NULL OR lane.lease_until < now())
    ORDER BY lane.due_at LIMIT %(most)s
    FOR UPDATE OF lane SKIP LOCKED
)
UPDATE lane SET lease_until = now() + %(lease)s, lease_token = gen_random_uuid()
FROM due WHERE lane.name = %(name)s AND lane.resident = due.resident
RETURNING lane.resident, lane.lease_token
"""


def hold_all(connection: Connection, leases: Sequence[Lease], lease_seconds: float) -> frozenset[str]:
    """Lock the lanes of these leases, all of one name, and renew them; returns whose are still ours."""
    wanted = {
        "residents": [lease.resident for lease in leases],
        "tokens": [lease.token for lease in leases],
        "lane_name": leases[0].name,
        "lease": timedelta(seconds=lease_seconds),
    }
    return frozenset(connection.execute(_hold_all(), wanted).scalars())


# Made once: to put a statement together takes longer than Postgres needs to run it.
@cache
def _hold_all() -> Update:
    residents = bindparam("residents", type_=ARRAY(String))
    tokens = bindparam("tokens", type_=ARRAY(UUID(as_uuid=True)))
    ours = func.unnest(residents, tokens).table_valued("resident", "token", name="ours").render_derived()
    locked = (
        select(lane.c.resident)
        .join(ours, and_(lane.c.resident == ours.c.resident, lane.c.lease_token == ours.c.token))
        .where(lane.c.name == bindparam("lane_name"))
        .order_by(lane.c.resident)
        .with_for_update(of=lane)
        .cte("locked")
    )
    renewed = update(lane).where(lane.c.resident == locked.c.resident, lane.c.name == bindparam("lane_name"))
    lease_until = func.now() + bindparam("lease", type_=Interval)
    return renewed.values(lease_until=lease_until).returning(lane.c.resident)


def lock_all(connection: Connection, leases: Sequence[Lease]) -> frozenset[str]:
    """Lock the lanes of these leases, all of one name, without renewing them; returns whose are still ours."""
    return frozenset(
        connection.exec_driver_sql(_LOCK_ALL, {"leases": as_rows(leases), "name": leases[0].name}).scalars()
    )


def as_rows(leases: Sequence[Lease]) -> str:
    """Leases as a statement takes them: JSON rows of `resident` and `token`."""
    return json.dumps([{"resident": lease.resident, "token": str(lease.token)} for lease in leases])


_LOCK_ALL = """
SELECT lane.resident FROM lane
JOIN json_to_recordset(%(leases)s::json) AS ours (resident text, token uuid)
    ON lane.resident = ours.resident AND lane.lease_token = ours.token
WHERE lane.name = %(name)s
ORDER BY lane.resident FOR UPDATE OF lane
"""


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
        due = _open_work_of(lease.resident, lease.name) if later is None else later
        connection.execute(update(lane).where(_held_by(lease)).values(due_at=due, lease_until=None, lease_token=None))


def bring_back(engine: Engine, put_off_seconds: float, lease_seconds: float) -> int:
    """After Postgres' clock was set back: lanes that are due, or leased, for later than anybody puts them; how many.

    Until the clock had caught up, nobody would look at them. A lease that is cut short is harmless: it has its token.
    """
    due, until = func.now() + timedelta(seconds=put_off_seconds), func.now() + timedelta(seconds=lease_seconds)
    late = (
        select(lane.c.resident, lane.c.name)
        .where(or_(lane.c.due_at > due, lane.c.lease_until > until))
        .order_by(lane.c.resident, lane.c.name)
        .with_for_update()
        .cte("late")
    )
    those = (lane.c.resident == late.c.resident, lane.c.name == late.c.name)
    sooner = {
        "due_at": case((lane.c.due_at > due, func.now()), else_=lane.c.due_at),
        "lease_until": case((lane.c.lease_until > until, until), else_=lane.c.lease_until),
    }
    with engine.begin() as connection:
        return connection.execute(update(lane).where(*those).values(sooner)).rowcount


def _held_by(lease: Lease) -> ColumnElement[bool]:
    return and_(lane.c.resident == lease.resident, lane.c.name == lease.name, lane.c.lease_token == lease.token)


def _open_work_of(resident: ColumnElement[str] | str, name: LaneName) -> ColumnElement[datetime]:
    """When the first of the open messages may be worked on: now, unless all are put off; null when there is none."""
    earliest = select(func.min(func.coalesce(message.c.not_before, func.now()))).where(
        message.c.resident == resident, message.c.state.in_(OPEN_STATES[name])
    )
    return earliest.scalar_subquery()
