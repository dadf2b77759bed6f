"""What a limit of WhatsApp held back after Twilio took it: said at another moment, as long as that still serves."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from latido.messaging.alerts import raise_alert
from latido.messaging.receipts import LATER
from latido.messaging.tables import message
from latido.reminders.planning import mark_stale
from latido.reminders.rules.policy import HeldBackPolicy
from latido.reminders.tables import reminder

CONTENT = "content"
LOOK_BACK = timedelta(days=2)
LATER_AGAIN = "WhatsApp held it back: later again"


def take_up_again(connection: Connection, policy: HeldBackPolicy, now: datetime) -> int:
    """Move what was held back to another moment; what gets too late for it the operators are told. Returns how many."""
    rows = _held_back(connection)
    for row in rows:
        moment = now + policy.again_after[row.error_code]
        if moment < row.not_after and row.attempts < policy.most_tries:
            _move(connection, row, moment, now)
        elif row.kind != CONTENT:  # nobody calls her about something to read
            raise_alert(connection, "undelivered", row.resident, row.message_id, str(row.error_code))
    return len(rows)


def _held_back(connection: Connection) -> list[Row[Any]]:
    refused = (
        message.c.state == "failed",
        message.c.error_code.in_(LATER),
        message.c.handed_over_at.is_not(None),
        message.c.failed_at > func.now() - LOOK_BACK,
    )
    query = (
        select(reminder, message.c.error_code)
        .join(message, message.c.id == reminder.c.message_id)
        .where(reminder.c.state.in_(("queued", "sent")), message.c.reminder_id.is_not(None), *refused)
        .order_by(reminder.c.id)
        .with_for_update(of=reminder, skip_locked=True)
    )
    return list(connection.execute(query))


def _move(connection: Connection, row: Row[Any], moment: datetime, now: datetime) -> None:
    """As if she had asked for that moment: the plan keeps it, and quiet hours and every later check hold."""
    again = {"state": "pending", "due_at": moment, "asked_for": moment, "message_id": None}
    this = update(reminder).where(reminder.c.id == row.id)
    connection.execute(this.values(again | {"last_reason": LATER_AGAIN, "changed_at": now}))
    mark_stale(connection, row.resident)
