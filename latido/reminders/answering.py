"""What she does with a reminder: an answer to it, or the wish to be reminded at another moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select, update

from latido.reminders.planning import mark_stale
from latido.reminders.tables import reminder


@dataclass(frozen=True)
class Said:
    """The reminder an answer is to. `codes` of the calendar: what it spoke of."""

    id: int
    resident: str
    role: str
    kind: str
    name: str
    service: str
    appointment_id: str | None
    codes: tuple[str, ...]
    state: str


def find_reminder(connection: Connection, resident: str, reminder_id: int) -> Said | None:
    """One of hers; None for anybody else's, and for one that was forgotten."""
    mine = (reminder.c.id == reminder_id, reminder.c.resident == resident)
    row = connection.execute(select(reminder).where(*mine)).first()
    if row is None:
        return None
    about = (row.role, row.kind, row.name, row.service, row.appointment_id, tuple(row.codes), row.state)
    return Said(row.id, row.resident, *about)


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
