"""What she does with a reminder: an answer to it, or the wish to be reminded at another moment."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, update

from latido.reminders.planning import mark_stale
from latido.reminders.tables import reminder


def note_answer(connection: Connection, resident: str, reminder_id: int, answer: str, now: datetime) -> None:
    """Keep what she answered ("went": the visit has happened, which clears its group); her plan follows."""
    mine = (reminder.c.id == reminder_id, reminder.c.resident == resident)
    connection.execute(update(reminder).where(*mine).values(answer=answer, answered_at=now))
    mark_stale(connection, resident)


def remind_again(connection: Connection, resident: str, reminder_id: int, moment: datetime) -> None:
    """She wants to be told at that moment instead, or once more; her plan follows."""
    mine = (reminder.c.id == reminder_id, reminder.c.resident == resident)
    connection.execute(update(reminder).where(*mine).values(asked_for=moment))
    mark_stale(connection, resident)
