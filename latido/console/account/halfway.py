"""Between the right password and the second factor: a browser that may do nothing but show a code."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, or_, select

from latido.console.tables import operator, operator_halfway

LASTS = timedelta(minutes=5)


def open_halfway(connection: Connection, operator_id: int, now: datetime) -> str:
    """The token of a browser that owes the second factor; others of this operator and old ones end."""
    token = secrets.token_urlsafe(32)
    over = or_(operator_halfway.c.expires_at <= now, operator_halfway.c.operator_id == operator_id)
    connection.execute(delete(operator_halfway).where(over))
    values = {"token_hash": _hashed(token), "operator_id": operator_id, "expires_at": now + LASTS}
    connection.execute(insert(operator_halfway).values(values))
    return token


def find_halfway(connection: Connection, token: str, now: datetime) -> int | None:
    """Who owes the second factor in this browser; None when nobody does, or not any more."""
    mine = (operator_halfway.c.token_hash == _hashed(token), operator_halfway.c.expires_at > now)
    found = (
        select(operator.c.id)
        .join(operator_halfway, operator_halfway.c.operator_id == operator.c.id)
        .where(*mine, operator.c.disabled_at.is_(None))
    )
    return connection.execute(found).scalar()


def close_halfway(connection: Connection, operator_id: int) -> None:
    """It was paid, or she has to begin anew."""
    connection.execute(delete(operator_halfway).where(operator_halfway.c.operator_id == operator_id))


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
