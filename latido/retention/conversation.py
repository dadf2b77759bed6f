"""What was written a year ago goes: messages stay as rows without words, in order of their age.

The log is long and nothing in it says what is due, so it is walked by id, a piece at a time, and the place is kept.
What was held back (a request or an alert is open, a message is not settled) is met again by the next walk.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, func, or_, select, update

from latido.crypto import Vault
from latido.messaging.erasing import UNSETTLED, wordless
from latido.messaging.tables import alert, message, ticket
from latido.retention.tables import marks

PERIOD = "conversation"
WALKS_EVERY = timedelta(days=30)


def empty_piece(connection: Connection, vault: Vault, before: datetime, now: datetime, limit: int) -> tuple[int, int]:
    """Empty the next messages written before a moment; how many were looked at, and how many of them emptied."""
    mark = connection.execute(select(marks).where(marks.c.period == PERIOD).with_for_update(skip_locked=True)).first()
    if mark is None:  # another worker walks
        return 0, 0
    next_ones = select(message.c.id, message.c.created_at).where(message.c.id > mark.read_until)
    found = connection.execute(next_ones.order_by(message.c.id).limit(limit)).all()
    old = [row.id for row in found if row.created_at < before]
    if not old:
        _begin_anew_when_time(connection, mark.walk_began_at, now)
        return 0, 0
    emptied = connection.execute(update(message).where(message.c.id.in_(old), *_may_go()).values(wordless(vault, now)))
    place = {"read_until": max(old), "walk_began_at": mark.walk_began_at or now}
    connection.execute(update(marks).where(marks.c.period == PERIOD).values(place))
    return len(old), emptied.rowcount


def count_old(connection: Connection, before: datetime, most: int | None = None) -> int:
    """How many messages are older and still have their words, whatever holds them back.

    With `most`, so many of the messages that the walk comes to next are looked at, and no others.
    """
    old = (message.c.created_at < before, message.c.emptied_at.is_(None))
    if most is None:
        return int(connection.execute(select(func.count()).where(*old)).scalar_one())
    walked = select(func.coalesce(func.max(marks.c.read_until), 0)).where(marks.c.period == PERIOD).scalar_subquery()
    columns = (message.c.created_at, message.c.emptied_at)
    ahead = select(*columns).where(message.c.id > walked).order_by(message.c.id).limit(most).subquery()
    due = select(func.count()).where(ahead.c.created_at < before, ahead.c.emptied_at.is_(None))
    return int(connection.execute(due).scalar_one())


def _may_go() -> tuple[ColumnElement[bool], ...]:
    """Not what is still on its way, nor what somebody is to see to."""
    asked = select(ticket.c.id).where(ticket.c.resident == message.c.resident, ticket.c.state != "closed").exists()
    alarmed = select(alert.c.id).where(alert.c.message_id == message.c.id, alert.c.resolved_at.is_(None)).exists()
    return message.c.emptied_at.is_(None), message.c.state.not_in(UNSETTLED), ~or_(asked, alarmed)


def _begin_anew_when_time(connection: Connection, began: datetime | None, now: datetime) -> None:
    if began is None or began <= now - WALKS_EVERY:
        anew = {"read_until": 0, "walk_began_at": now}
        connection.execute(update(marks).where(marks.c.period == PERIOD).values(anew))
