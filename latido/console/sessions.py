"""Who is logged in: a random token in a cookie, its hash in the database."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, delete, insert, or_, select, update

from latido.console.tables import operator, operator_session

LIFETIME = timedelta(hours=12)
IDLE_LIMIT = timedelta(minutes=60)
TOUCH_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Session:
    """A logged-in browser."""

    token: str
    operator_id: int
    username: str
    role: str


@dataclass(frozen=True)
class OpenSession:
    """One browser in which an operator is inside; `is_this`: the one that asks."""

    device: str
    created_at: datetime
    last_seen_at: datetime
    is_this: bool


def open_session(engine: Engine, operator_id: int, now: datetime, device: str = "") -> str:
    """Log an operator in and return the new token; sessions that ended are removed on the way."""
    token = secrets.token_urlsafe(32)
    with engine.begin() as connection:
        connection.execute(
            delete(operator_session).where(
                or_(operator_session.c.expires_at <= now, operator_session.c.last_seen_at <= now - IDLE_LIMIT)
            )
        )
        connection.execute(
            insert(operator_session).values(
                token_hash=_hashed(token),
                operator_id=operator_id,
                created_at=now,
                expires_at=now + LIFETIME,
                last_seen_at=now,
                device=device[:60],
            )
        )
        connection.execute(update(operator).where(operator.c.id == operator_id).values(last_login_at=now))
    return token


def find_session(engine: Engine, token: str, now: datetime, active: bool) -> Session | None:
    """The session of this token unless it ended; `active` (she did something) puts off its end by idleness."""
    query = (
        select(operator_session.c.last_seen_at, operator.c.id, operator.c.username, operator.c.role)
        .join(operator, operator.c.id == operator_session.c.operator_id)
        .where(
            operator_session.c.token_hash == _hashed(token),
            operator_session.c.expires_at > now,
            operator_session.c.last_seen_at > now - IDLE_LIMIT,
            operator.c.disabled_at.is_(None),
        )
    )
    with engine.begin() as connection:
        row = connection.execute(query).first()
        if row is None:
            return None
        if active and now - row.last_seen_at >= TOUCH_EVERY:
            connection.execute(
                update(operator_session).where(operator_session.c.token_hash == _hashed(token)).values(last_seen_at=now)
            )
    return Session(token, row.id, row.username, row.role)


def close_session(engine: Engine, token: str) -> None:
    """Log out."""
    with engine.begin() as connection:
        connection.execute(delete(operator_session).where(operator_session.c.token_hash == _hashed(token)))


def sessions_of(engine: Engine, session: Session, now: datetime) -> list[OpenSession]:
    """Where this operator is inside, the newest first."""
    live = (
        operator_session.c.operator_id == session.operator_id,
        operator_session.c.expires_at > now,
        operator_session.c.last_seen_at > now - IDLE_LIMIT,
    )
    query = select(operator_session).where(*live).order_by(operator_session.c.created_at.desc())
    mine = _hashed(session.token)
    with engine.connect() as connection:
        rows = connection.execute(query).all()
    return [OpenSession(row.device, row.created_at, row.last_seen_at, row.token_hash == mine) for row in rows]


def end_sessions(connection: Connection, operator_id: int, but: str | None = None) -> int:
    """End every session of an operator, or all but the one of this token; how many ended."""
    theirs = operator_session.c.operator_id == operator_id
    if but is not None:
        theirs = theirs & (operator_session.c.token_hash != _hashed(but))
    return connection.execute(delete(operator_session).where(theirs)).rowcount


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
