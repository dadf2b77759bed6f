"""A reminder follows its message: accepted, refused, or taken back before it was sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from latido.messaging.alerts import raise_alert
from latido.messaging.receipts import after_failure
from latido.messaging.tables import message
from latido.reminders.held_back import CONTENT, take_up_again
from latido.reminders.parts import Reminders
from latido.reminders.planning import mark_stale, plan_by
from latido.reminders.rules.unreached import LAST_WORDS
from latido.reminders.tables import reminder

AT_ONCE = 500
UNSETTLED = ("queued", "sending", "unknown")
LATE_FAILURES = timedelta(days=2)
# One that came back without having been tried waits twice as long each time, up to 2**7 times.
MOST_DOUBLED = 7
REFUSED = "it was refused for good"
UNDELIVERED = "it was accepted and could not be delivered"


def settle(reminders: Reminders) -> int:
    """Bring the rows whose messages were settled in line with them; returns how many."""
    engine, now = reminders.care.engine, reminders.care.now()
    with engine.begin() as connection:
        later = take_up_again(connection, reminders.policy.held_back, now)
        rows = _settled(connection)
        for row in rows:
            _follow(connection, row, now, reminders.limits.again_after)
    for row in rows:
        _look_again(reminders, row, now)
    with engine.begin() as connection:
        return later + len(rows) + _note_late_failures(connection, now)


def _settled(connection: Connection) -> list[Row[Any]]:
    mine = (reminder.c.message_id.is_not(None), reminder.c.state.not_in(("sent", "failed")))
    query = (
        select(
            reminder,
            message.c.state.label("message_state"),
            message.c.last_error,
            message.c.error_code,
            message.c.attempted_at,
        )
        .join(message, message.c.id == reminder.c.message_id)
        .where(*mine, message.c.state.not_in(UNSETTLED))
        .order_by(reminder.c.id)
        .limit(AT_ONCE)
        .with_for_update(of=reminder, skip_locked=True)
    )
    return list(connection.execute(query))


def _follow(connection: Connection, row: Row[Any], now: datetime, again_after: timedelta) -> None:
    """What was accepted was said, whatever the plan says by now; only what was refused while it stood has failed."""
    values: dict[str, Any] = {"changed_at": now}
    if row.message_state == "handed_over":
        values |= {"state": "sent", "last_reason": None}
    elif _was_refused(row):
        values |= {"state": "failed", "last_reason": REFUSED}
        if row.kind != CONTENT:
            raise_alert(connection, "undelivered", row.resident, row.message_id, str(row.last_error or ""))
    else:
        values |= {"message_id": None} | (_later(row, now, again_after) if row.state == "queued" else {})
    connection.execute(update(reminder).where(reminder.c.id == row.id).values(values))


def _later(row: Row[Any], now: datetime, again_after: timedelta) -> dict[str, Any]:
    """Due again after a while: at once it would come back the same way, again and again, until she is planned anew."""
    return {"state": "pending", "due_at": now + again_after * 2 ** min(row.attempts - 1, MOST_DOUBLED)}


def _was_refused(row: Row[Any]) -> bool:
    """Whether it failed while it stood; not one that was never tried because she cannot be reached: that waits."""
    kept_back = row.attempted_at is None and after_failure(row.error_code) == "stop"
    return row.state == "queued" and row.message_state == "failed" and not kept_back


def _look_again(reminders: Reminders, row: Row[Any], now: datetime) -> None:
    """Have her planned anew when it is known whether the last words before an appointment have arrived.

    In a transaction of its own: her planner holds her plan and waits for her rows. A process that dies just before it
    leaves her to the daily plan.
    """
    if row.name in LAST_WORDS and row.message_state in ("handed_over", "failed"):
        arrived_by = now + reminders.policy.unreached.after
        with reminders.care.engine.begin() as connection:
            plan_by(connection, row.resident, arrived_by if row.message_state == "handed_over" else now)


def _note_late_failures(connection: Connection, now: datetime) -> int:
    """Accepted, and then a receipt said that it did not arrive: the operators were told with the receipt."""
    late = select(message.c.id).where(
        message.c.reminder_id.is_not(None),
        message.c.state == "failed",
        message.c.failed_at > func.now() - LATE_FAILURES,
        message.c.handed_over_at.is_not(None),
    )
    this = (reminder.c.message_id.in_(late), reminder.c.state == "sent")
    failed = {"state": "failed", "last_reason": UNDELIVERED, "changed_at": now}
    changed = update(reminder).where(*this).values(failed).returning(reminder.c.resident)
    residents = connection.execute(changed).scalars().all()
    for resident in set(residents):
        mark_stale(connection, resident)
    return len(residents)
