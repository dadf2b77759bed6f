"""Whom WhatsApp does not deliver to: nothing is sent to them unasked until they write again."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, func, select, update

from latido.messaging.tables import resident


def note_unreachable(connection: Connection, key: str, code: int) -> None:
    """From now on nothing is sent to her unasked; the first reason stays."""
    this = (resident.c.key == key, resident.c.unreachable_since.is_(None))
    connection.execute(update(resident).where(*this).values(unreachable_since=func.now(), unreachable_code=code))


def unreachable(connection: Connection, residents: Sequence[str]) -> frozenset[str]:
    """Which of these residents WhatsApp does not deliver to."""
    those = (resident.c.key.in_(residents), resident.c.unreachable_since.is_not(None))
    return frozenset(connection.execute(select(resident.c.key).where(*those)).scalars())
