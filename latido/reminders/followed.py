"""Which residents did what a reminder asks of them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Select, select

from latido.messaging.tables import message
from latido.reminders.tables import reminder


def followed_up(step: str, since: datetime | None, until: datetime | None) -> Select[tuple[str]]:
    """The keys of residents who `answered` or came (`attended`) after a reminder that was sent in [since, until)."""
    query = (
        select(reminder.c.resident)
        .join(message, message.c.id == reminder.c.message_id)
        .where(reminder.c.answer.is_not(None) if step == "answered" else reminder.c.cleared_by == "visit")
    )
    if since is not None:
        query = query.where(message.c.created_at >= since)
    if until is not None:
        query = query.where(message.c.created_at < until)
    return query
