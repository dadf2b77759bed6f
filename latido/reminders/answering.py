"""What she does with a reminder: an answer to it, or the wish to be reminded at another moment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, update

from latido.care.booking.ledger import ToldVisit, told_of_visit
from latido.reminders.planning import mark_stale
from latido.reminders.tables import reminder

TOLD: Mapping[str, ToldVisit] = {"went": "went", "not_went": "not_went"}


def note_answer(connection: Connection, resident: str, reminder_id: int, answer: str, now: datetime) -> None:
    """Keep what she answered ("went": the visit has happened, which clears its group); her plan follows.

    What she tells of an appointment stands with its booking as well; the clinical record stays the centre's (ADR 17).
    """
    mine = (reminder.c.id == reminder_id, reminder.c.resident == resident)
    said = update(reminder).where(*mine).values(answer=answer, answered_at=now).returning(reminder.c.appointment_id)
    appointment_id = connection.execute(said).scalar()
    if appointment_id is not None and answer in TOLD:
        told_of_visit(connection, appointment_id, resident, TOLD[answer], now)
    mark_stale(connection, resident)


def remind_again(connection: Connection, resident: str, reminder_id: int, moment: datetime) -> None:
    """She wants to be told at that moment instead, or once more; her plan follows."""
    mine = (reminder.c.id == reminder_id, reminder.c.resident == resident)
    connection.execute(update(reminder).where(*mine).values(asked_for=moment))
    mark_stale(connection, resident)
