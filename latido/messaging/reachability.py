"""Whom WhatsApp does not deliver to, or not in free form: so it is until they write again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, func, or_, select, update

from latido.messaging.tables import resident


def note_unreachable(connection: Connection, key: str, code: int) -> None:
    """From now on nothing is sent to her unasked; the first reason stays."""
    this = (resident.c.key == key, resident.c.unreachable_since.is_(None))
    connection.execute(update(resident).where(*this).values(unreachable_since=func.now(), unreachable_code=code))


def note_window_shut(connection: Connection, key: str, tried_at: datetime | None) -> None:
    """What was tried at that moment came after the 24 hours, whatever we believed: templates only from now on."""
    before = or_(
        resident.c.last_inbound_at.is_(None), resident.c.last_inbound_at <= func.coalesce(tried_at, func.now())
    )
    connection.execute(update(resident).where(resident.c.key == key, before).values(window_shut_at=func.now()))


def unreachable(connection: Connection, residents: Sequence[str]) -> frozenset[str]:
    """Which of these residents WhatsApp does not deliver to."""
    those = (resident.c.key.in_(residents), resident.c.unreachable_since.is_not(None))
    return frozenset(connection.execute(select(resident.c.key).where(*those)).scalars())
