"""What a message of hers follows that was no answer of ours: a reminder, or anything else that she did not ask for."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, literal_column, select

from latido.messaging.tables import message

# What she may have on her screen.
WITH_HER: tuple[ColumnElement[str], ...] = tuple(
    literal_column(f"'{state}'") for state in ("sending", "unknown", "handed_over")
)
# As a parameter it could be any number to Postgres, which would then plan the statement anew each time.
ONE: ColumnElement[int] = literal_column("1")


def last_said(resident: ColumnElement[str] | str, before_id: ColumnElement[int] | int) -> Select[Any]:
    """The ids of the last thing sent to her, which need not be what was queued last: replies overtake reminders."""
    newest = (message.c.handed_over_at.desc().nulls_first(), message.c.id.desc())
    sent = _said(resident).where(message.c.id < before_id, message.c.state.in_(WITH_HER))
    return sent.order_by(*newest).limit(ONE)


def reminder_before(
    connection: Connection, resident: str, before_id: int, replies_to_sid: str | None = None
) -> int | None:
    """The reminder she quotes, or the one that was the last thing said to her; None when that was no reminder."""
    quoted = _quoted(connection, resident, replies_to_sid)
    if quoted is not None and quoted.reminder_id is not None:
        return int(quoted.reminder_id)
    last = connection.execute(last_said(resident, before_id)).first()
    return int(last.reminder_id) if last is not None and last.reminder_id is not None else None


def is_unasked(connection: Connection, resident: str, before_id: int, replies_to_sid: str | None = None) -> bool:
    """Whether what she quotes, or else the last thing said to her, was no answer: an offer, a notice, a person."""
    last = _quoted(connection, resident, replies_to_sid) or connection.execute(last_said(resident, before_id)).first()
    return last is not None and last.answers_id is None


def _quoted(connection: Connection, resident: str, sid: str | None) -> Row[Any] | None:
    if sid is None:
        return None
    return connection.execute(_said(resident).where(message.c.provider_sid == sid)).first()


def _said(resident: ColumnElement[str] | str) -> Select[Any]:
    columns = (message.c.id, message.c.reminder_id, message.c.answers_id)
    return select(*columns).where(message.c.resident == resident, message.c.direction == "out")
