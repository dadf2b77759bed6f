"""What a message of hers follows that was no answer of ours: a reminder, or anything else that she did not ask for."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, Select, select

from latido.messaging.tables import message

# What she may have on her screen.
WITH_HER = ("sending", "unknown", "handed_over")


def reminder_before(
    connection: Connection, resident: str, before_id: int, replies_to_sid: str | None = None
) -> int | None:
    """The reminder she quotes, or the one that was the last thing said to her; None when that was no reminder."""
    if replies_to_sid is not None:
        quoted = connection.execute(_said(resident).where(message.c.provider_sid == replies_to_sid)).first()
        if quoted is not None and quoted.reminder_id is not None:
            return int(quoted.reminder_id)
    last = _last_said(connection, resident, before_id)
    return int(last.reminder_id) if last is not None and last.reminder_id is not None else None


def is_unasked(connection: Connection, resident: str, before_id: int, replies_to_sid: str | None = None) -> bool:
    """Whether what she quotes, or else the last thing said to her, was no answer: an offer, a notice, a person."""
    last = None
    if replies_to_sid is not None:
        last = connection.execute(_said(resident).where(message.c.provider_sid == replies_to_sid)).first()
    last = last or _last_said(connection, resident, before_id)
    return last is not None and last.answers_id is None


def _last_said(connection: Connection, resident: str, before_id: int) -> Row[Any] | None:
    # Replies overtake reminders: what was sent last, not what was queued last.
    newest = (message.c.handed_over_at.desc().nulls_first(), message.c.id.desc())
    said = _said(resident).where(message.c.id < before_id, message.c.state.in_(WITH_HER))
    return connection.execute(said.order_by(*newest).limit(1)).first()


def _said(resident: str) -> Select[Any]:
    columns = (message.c.reminder_id, message.c.answers_id)
    return select(*columns).where(message.c.resident == resident, message.c.direction == "out")
