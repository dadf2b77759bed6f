"""The planner: residents whose plan is stale or due are planned from what is true now, and their rows follow.

One plans a resident at a time: whoever holds the lease of `reminder_plan`. The changes that were seen are forgotten by
their ids, so that one committed meanwhile is never taken for seen.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Engine, delete, exists, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from latido.care.errors import HealthServiceUnavailable
from latido.care.services import BUENOS_AIRES
from latido.messaging.tables import resident as residents
from latido.reminders.aligning import AWAY, NOT_PLANNED, bring_in_line
from latido.reminders.following import note_cleared
from latido.reminders.knowing import known_of
from latido.reminders.parts import Reminders
from latido.reminders.rules.clearing import cleared_groups
from latido.reminders.rules.steps import Known, Step
from latido.reminders.tables import changes, plans

log = logging.getLogger(__name__)

LOOK_AT = 500
MOST_FAILURES = 3


class PlanBusy(Exception):
    """Somebody else plans this resident just now: look again in a moment."""


def plan_due(reminders: Reminders) -> int:
    """Plan up to `at_once` residents whose plan is stale or due; returns how many were planned.

    When the health service does not answer, the rest is left for later: their reminders wait, none goes unchecked.
    """
    done = failed = 0
    for resident, token in _claim(reminders):
        if failed >= MOST_FAILURES:
            _back_off(reminders, resident, token)
            continue
        try:
            _plan(reminders, resident, token, _seen_now(reminders.care.engine, resident))
            done += 1
        except PlanBusy:
            continue
        except HealthServiceUnavailable:
            failed += 1
            _back_off(reminders, resident, token)
        except Exception:  # one resident's fault must not keep the others from being planned
            log.exception("a resident could not be planned")
            _back_off(reminders, resident, token)
    if failed:
        log.warning("the health service does not answer: reminders wait")
    return done


def plan_resident(reminders: Reminders, resident: str) -> Mapping[str, Step]:
    """Plan one resident now and bring her rows in line; her steps by key. PlanBusy, HealthServiceUnavailable."""
    token = uuid.uuid4()
    taken = {"lease_until": _until(reminders.limits.lease), "lease_token": token}
    known = select(residents.c.key, literal(token), _until(reminders.limits.lease)).where(residents.c.key == resident)
    statement = upsert(plans).from_select(["resident", "lease_token", "lease_until"], known)
    # A lease without a token is a planner's patience after a failure, and nobody's.
    free = or_(plans.c.lease_token.is_(None), plans.c.lease_until < func.now())
    statement = statement.on_conflict_do_update(index_elements=["resident"], set_=taken, where=free)
    with reminders.care.engine.begin() as connection:
        if connection.execute(statement.returning(plans.c.resident)).first() is None:
            raise PlanBusy("somebody else plans this resident just now")
        seen = _seen(connection, resident)
    try:
        return _plan(reminders, resident, token, seen)
    except Exception:
        _back_off(reminders, resident, token)
        raise


def is_stale(connection: Connection, resident: str) -> bool:
    """Whether something changed since she was planned, as far as this statement can see."""
    return connection.execute(select(changes.c.id).where(changes.c.resident == resident).limit(1)).first() is not None


def mark_stale(connection: Connection, resident: str) -> None:
    """Have her planned anew, from the caller's transaction on."""
    connection.execute(changes.insert().values(resident=resident))


def plan_by(connection: Connection, resident: str, moment: datetime) -> None:
    """Have her planned anew at that moment at the latest, in the caller's transaction."""
    sooner = (plans.c.resident == resident, plans.c.next_at > moment)
    connection.execute(update(plans).where(*sooner).values(next_at=moment))


def _plan(reminders: Reminders, resident: str, token: uuid.UUID, seen: Sequence[int]) -> Mapping[str, Step]:
    """Plan her from what is true now; `seen` are the changes that were there before it is read."""
    care, now = reminders.care, reminders.care.now()
    known = known_of(care, resident)
    steps = {step.key: step for step in reminders.plan(known, now)}
    cleared = cleared_groups(known, care.calendars, reminders.policy, BUENOS_AIRES, now)
    with care.engine.begin() as connection:
        mine = (plans.c.resident == resident, plans.c.lease_token == token)
        kept = {"planned_at": now, "next_at": _next(reminders, known, now), "lease_until": None, "lease_token": None}
        if connection.execute(update(plans).where(*mine).values(kept)).rowcount != 1:
            raise PlanBusy("planning took longer than its lease")
        why_not = AWAY if known.reach.away_since is not None else NOT_PLANNED
        bring_in_line(connection, care.vault, resident, steps, now, why_not)
        if cleared:
            note_cleared(connection, resident, cleared, now)
        if seen:
            connection.execute(delete(changes).where(changes.c.id.in_(seen)))
    return steps


def _next(reminders: Reminders, known: Known, now: datetime) -> datetime | None:
    """Whoever wants neither reminders nor content is planned again only when that changes."""
    is_written_to = not known.is_silent and (known.wants_reminders or known.reader is not None)
    return now + reminders.limits.plan_every if is_written_to else None


def _seen(connection: Connection, resident: str) -> Sequence[int]:
    return connection.execute(select(changes.c.id).where(changes.c.resident == resident)).scalars().all()


def _seen_now(engine: Engine, resident: str) -> Sequence[int]:
    with engine.connect() as connection:
        return _seen(connection, resident)


def _back_off(reminders: Reminders, resident: str, token: uuid.UUID) -> None:
    """Give her lease back, but let planners leave her alone for a while."""
    mine = (plans.c.resident == resident, plans.c.lease_token == token)
    later = {"lease_until": _until(reminders.limits.again_after), "lease_token": None}
    with reminders.care.engine.begin() as connection:
        connection.execute(update(plans).where(*mine).values(later))


def _claim(reminders: Reminders) -> list[tuple[str, uuid.UUID]]:
    """Residents to plan: the stale ones first, then those whose day has come."""
    with reminders.care.engine.begin() as connection:
        _enrol(connection)
        stale = plans.c.resident.in_(select(changes.c.resident).order_by(changes.c.id).limit(LOOK_AT))
        claimed = _leased(connection, reminders, stale, reminders.limits.at_once)
        left = reminders.limits.at_once - len(claimed)
        if left > 0:
            claimed += _leased(connection, reminders, plans.c.next_at <= reminders.care.now(), left)
    return claimed


def _enrol(connection: Connection) -> None:
    """A row of `reminder_plan` for whoever changed and has none; nobody who never wrote to us."""
    stale = select(changes.c.resident).order_by(changes.c.id).limit(LOOK_AT)
    enrolled = exists().where(plans.c.resident == residents.c.key)
    fresh = select(residents.c.key).where(residents.c.key.in_(stale), ~enrolled)
    connection.execute(upsert(plans).from_select(["resident"], fresh).on_conflict_do_nothing())


def _leased(
    connection: Connection, reminders: Reminders, which: ColumnElement[bool], limit: int
) -> list[tuple[str, uuid.UUID]]:
    free = or_(plans.c.lease_until.is_(None), plans.c.lease_until < func.now())
    due = select(plans.c.resident).where(which, free).limit(limit).with_for_update(skip_locked=True).cte("due")
    statement = (
        update(plans)
        .where(plans.c.resident == due.c.resident)
        .values(lease_until=_until(reminders.limits.lease), lease_token=func.gen_random_uuid())
        .returning(plans.c.resident, plans.c.lease_token)
    )
    return [(row.resident, row.lease_token) for row in connection.execute(statement)]


def _until(span: timedelta) -> ColumnElement[datetime]:
    return func.now() + span
