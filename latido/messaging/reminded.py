"""Which reminder a message of hers follows: what she writes right after one is an answer to it."""

from __future__ import annotations

from sqlalchemy import Connection, select

from latido.messaging.tables import message

# What she may have on her screen.
WITH_HER = ("sending", "unknown", "handed_over")


def reminder_before(
    connection: Connection, resident: str, before_id: int, replies_to_sid: str | None = None
) -> int | None:
    """The reminder she quotes, or the one that was the last thing said to her; None when that was no reminder."""
    mine = select(message.c.reminder_id).where(message.c.resident == resident, message.c.direction == "out")
    if replies_to_sid is not None:
        quoted = connection.execute(mine.where(message.c.provider_sid == replies_to_sid)).first()
        if quoted is not None and quoted.reminder_id is not None:
            return int(quoted.reminder_id)
    # Replies overtake reminders: what was sent last, not what was queued last.
    newest = (message.c.handed_over_at.desc().nulls_first(), message.c.id.desc())
    said = mine.where(message.c.id < before_id, message.c.state.in_(WITH_HER)).order_by(*newest).limit(1)
    last = connection.execute(said).first()
    return int(last.reminder_id) if last is not None and last.reminder_id is not None else None
