"""Putting something before the operators."""

from __future__ import annotations

from sqlalchemy import Connection
from sqlalchemy.dialects.postgresql import insert as upsert

from latido.messaging.tables import alert


def raise_alert(connection: Connection, kind: str, resident_key: str, message_id: int, detail: str = "") -> None:
    """Put something before the operators, once per message and kind."""
    connection.execute(
        upsert(alert)
        .values(kind=kind, resident=resident_key, message_id=message_id, detail=detail)
        .on_conflict_do_nothing()
    )
