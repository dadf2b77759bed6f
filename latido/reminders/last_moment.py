"""What the sender asks just before it attempts a reminder's message: does it still stand?"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select, update

from latido.care.errors import HealthServiceUnavailable
from latido.messaging.sender import Verdict
from latido.reminders.aligning import TOO_LATE
from latido.reminders.parts import Reminders
from latido.reminders.planning import PlanBusy, is_stale, plan_resident
from latido.reminders.queuing import QUIET
from latido.reminders.tables import plans, reminder


def still_wanted(reminders: Reminders, reminder_id: int) -> Verdict:
    """ "send" it now; "wait": ask again in some seconds; "withdraw": it must not be sent, or not as things are now.

    A row whose message is withdrawn says itself what becomes of it: cancelled, expired, or pending again.
    """
    verdict, resident = _by_the_clock(reminders, reminder_id)
    if verdict != "send" or not _needs_a_look(reminders, resident):
        return verdict
    try:
        plan_resident(reminders, resident)
    except (PlanBusy, HealthServiceUnavailable):
        return "wait"
    return _by_the_clock(reminders, reminder_id)[0]


def _by_the_clock(reminders: Reminders, reminder_id: int) -> tuple[Verdict, str]:
    """What the row and the hour say, and whose it is."""
    row, now = _read(reminders, reminder_id), reminders.care.now()
    if row is None or row.state != "queued":
        return "withdraw", ""
    allowed = reminders.allowed_from(row.name, now)
    if row.not_after <= now:
        _take_back(reminders, reminder_id, "expired", TOO_LATE)
    elif allowed > now:
        _take_back(reminders, reminder_id, "pending", QUIET, allowed)
    else:
        return "send", row.resident
    return "withdraw", row.resident


def _needs_a_look(reminders: Reminders, resident: str) -> bool:
    """Whether something of ours changed, or so much time has passed that the health service may know something new."""
    with reminders.care.engine.connect() as connection:
        if is_stale(connection, resident):
            return True
        planned_at = connection.execute(select(plans.c.planned_at).where(plans.c.resident == resident)).scalar()
    old: timedelta | None = reminders.care.now() - planned_at if planned_at is not None else None
    return old is None or old > reminders.limits.fresh_for


def _take_back(reminders: Reminders, reminder_id: int, state: str, reason: str, due_at: datetime | None = None) -> None:
    values: dict[str, Any] = {"state": state, "last_reason": reason, "changed_at": reminders.care.now()}
    if due_at is not None:
        values["due_at"] = due_at
    this = (reminder.c.id == reminder_id, reminder.c.state == "queued")
    with reminders.care.engine.begin() as connection:
        connection.execute(update(reminder).where(*this).values(values))


def _read(reminders: Reminders, reminder_id: int) -> Row[Any] | None:
    with reminders.care.engine.connect() as connection:
        return connection.execute(select(reminder).where(reminder.c.id == reminder_id)).first()
