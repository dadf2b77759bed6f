"""Residents nobody has exchanged a message with for years are forgotten, as if they had asked for it (BORRAR)."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select

from latido.care.rights.erasing import forget_unasked
from latido.care.rights.tables import erasures
from latido.care.services import Care
from latido.care.tables import bookings
from latido.messaging.tables import message, resident, ticket
from latido.reminders.tables import OPEN, reminder

PERIOD = "silent_residents"


def forget_silent(connection: Connection, care: Care, before: datetime, limit: int) -> int:
    """Begin to forget up to `limit` residents whose last message is older; the worker's erasures finish it."""
    silent = _silent(before).limit(limit).with_for_update(of=resident, skip_locked=True)
    keys = [str(key) for (key,) in connection.execute(silent)]
    for key in keys:
        forget_unasked(connection, care, key)
    return len(keys)


def count_silent(connection: Connection, before: datetime, most: int | None = None) -> int:
    """How many residents are to be forgotten, counted up to `most`."""
    silent = _silent(before).limit(most).subquery()
    return int(connection.execute(select(func.count()).select_from(silent)).scalar_one())


def _silent(before: datetime) -> Select[tuple[str]]:
    """Keys of residents with nothing newer, and nothing to come. Who was forgotten has written nothing since."""
    return select(resident.c.key).where(
        resident.c.last_inbound_at < before, ~or_(*(condition.exists() for condition in _still_known(before)))
    )


def _still_known(before: datetime) -> tuple[Select[tuple[object]], ...]:
    mine: ColumnElement[str] = resident.c.key
    return (
        select(message.c.id).where(message.c.resident == mine, message.c.created_at >= before),
        select(bookings.c.booking_key).where(
            bookings.c.resident == mine, bookings.c.state != "ended", bookings.c.starts_at >= before
        ),
        select(reminder.c.id).where(reminder.c.resident == mine, reminder.c.state.in_(OPEN)),
        select(ticket.c.id).where(ticket.c.resident == mine, ticket.c.state != "closed"),
        select(erasures.c.id).where(erasures.c.resident == mine, erasures.c.finished_at.is_(None)),
    )
