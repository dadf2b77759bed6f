"""What the sender asks just before it attempts a reminder's message: does it still stand?"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, bindparam, exists, select, update

from latido.care.errors import HealthServiceUnavailable
from latido.messaging.sender import Verdict
from latido.reminders.aligning import TOO_LATE
from latido.reminders.parts import Reminders
from latido.reminders.planning import PlanBusy, plan_resident
from latido.reminders.queuing import QUIET
from latido.reminders.tables import changes, plans, reminder


def still_wanted(reminders: Reminders, reminder_id: int) -> Verdict:
    """ "send" it now; "wait": ask again in some seconds; "withdraw": it must not be sent, or not as things are now.

    A row whose message is withdrawn says itself what becomes of it: cancelled, expired, or pending again.
    """
    row = _read(reminders, reminder_id)
    verdict = _by_the_clock(reminders, row)
    if row is None or verdict != "send" or not _needs_a_look(reminders, row):
        return verdict
    try:
        plan_resident(reminders, row.resident)
    except (PlanBusy, HealthServiceUnavailable):
        return "wait"
    return _by_the_clock(reminders, _read(reminders, reminder_id))


def _by_the_clock(reminders: Reminders, row: Row[Any] | None) -> Verdict:
    """What the row and the hour say."""
    now = reminders.care.now()
    if row is None or row.state != "queued":
        return "withdraw"
    allowed = reminders.allowed_from(row.name, now)
    if row.not_after <= now:
        _take_back(reminders, row.id, "expired", TOO_LATE)
    elif allowed > now:
        _take_back(reminders, row.id, "pending", QUIET, allowed)
    else:
        return "send"
    return "withdraw"


def _needs_a_look(reminders: Reminders, row: Row[Any]) -> bool:
    """Whether something of ours changed, or so much time has passed that the health service may know something new."""
    if row.is_stale or row.planned_at is None:
        return True
    old: timedelta = reminders.care.now() - row.planned_at
    return old > reminders.limits.fresh_for


def _take_back(reminders: Reminders, reminder_id: int, state: str, reason: str, due_at: datetime | None = None) -> None:
    values: dict[str, Any] = {"state": state, "last_reason": reason, "changed_at": reminders.care.now()}
    if due_at is not None:
        values["due_at"] = due_at
    this = (reminder.c.id == reminder_id, reminder.c.state == "queued")
    with reminders.care.engine.begin() as connection:
        connection.execute(update(reminder).where(*this).values(values))


def _read(reminders: Reminders, reminder_id: int) -> Row[Any] | None:
    """The row, when its resident was planned, and whether something changed since: as of one moment."""
    with reminders.care.engine.connect() as connection:
        return connection.execute(_ROW, {"wanted": reminder_id}).first()


_CHANGED = exists().where(changes.c.resident == reminder.c.resident)
# Made once: the sender asks it before every attempt.
_ROW: Select[Any] = (
    select(*reminder.c["id", "resident", "name", "state", "not_after"], plans.c.planned_at, _CHANGED.label("is_stale"))
    .outerjoin(plans, plans.c.resident == reminder.c.resident)
    .where(reminder.c.id == bindparam("wanted"))
)
