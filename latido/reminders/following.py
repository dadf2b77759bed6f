"""Keeping which message a booking or a visit followed: the last one said of its group before it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, select, update

from latido.reminders.rules.clearing import Cleared
from latido.reminders.tables import reminder


def note_cleared(connection: Connection, resident: str, cleared: Mapping[str, Cleared], now: datetime) -> None:
    """Write down what cleared each group beside the message it followed, in the caller's transaction."""
    mine = (reminder.c.resident == resident, reminder.c.state == "sent", reminder.c.group_key.in_(list(cleared)))
    said = select(reminder.c.id, reminder.c.group_key, reminder.c.changed_at, reminder.c.cleared_by).where(*mine)
    last = {}
    for row in connection.execute(said.order_by(reminder.c.changed_at, reminder.c.id)):
        done_at = cleared[row.group_key].at
        if done_at is None or row.changed_at <= done_at:
            last[row.group_key] = row
    for group, row in last.items():
        if row.cleared_by not in (cleared[group].by, "visit"):
            noted = {"cleared_by": cleared[group].by, "cleared_at": cleared[group].at or now}
            connection.execute(update(reminder).where(reminder.c.id == row.id).values(noted))
