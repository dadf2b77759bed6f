"""Slowing down guesses: so many failed log-ins in a quarter of an hour, then a pause."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Engine, delete, func, insert, select

from latido.console.tables import login_attempt
from latido.crypto import Vault

WINDOW = timedelta(minutes=15)
FROM_ONE_ADDRESS = 5
FROM_ANYWHERE = 50


def attempt_allowed(engine: Engine, vault: Vault, username: str, address: str, now: datetime) -> bool:
    """Count this try and say whether it may go on; a refused one is not counted, so a pause always ends.

    Names that nobody bears are counted alike, so the pause does not tell who exists. The limit per address keeps one
    guesser from shutting an operator out; the one from anywhere slows down many guessers together.
    """
    limits = {_paired(vault, username, address): FROM_ONE_ADDRESS, _named(vault, username): FROM_ANYWHERE}
    return _counted(engine, limits, now)


def deed_allowed(engine: Engine, vault: Vault, deed: str, operator_id: int, limit: int, now: datetime) -> bool:
    """Count what an operator does (a code tried, a file downloaded); whether it may go on: `limit` in 15 minutes."""
    return _counted(engine, {vault.blind(f"deed:{deed}\n{operator_id}"): limit}, now)


def _counted(engine: Engine, limits: Mapping[str, int], now: datetime) -> bool:
    with engine.begin() as connection:
        connection.execute(delete(login_attempt).where(login_attempt.c.created_at <= now - WINDOW))
        own = connection.execute(
            insert(login_attempt)
            .values([{"subject": subject, "created_at": now} for subject in limits])
            .returning(login_attempt.c.id)
        ).scalars()
        own_ids = list(own)
    # Counted after the commit: tries made at the same moment see each other.
    with engine.begin() as connection:
        tries = connection.execute(
            select(login_attempt.c.subject, func.count())
            .where(login_attempt.c.subject.in_(limits))
            .group_by(login_attempt.c.subject)
        ).all()
        allowed = all(count <= limits[subject] for subject, count in tries)
        if not allowed:
            connection.execute(delete(login_attempt).where(login_attempt.c.id.in_(own_ids)))
    return allowed


def forget_attempts(engine: Engine, vault: Vault, username: str, address: str) -> None:
    """After a log-in that succeeded: the earlier failures from this address are forgiven."""
    with engine.begin() as connection:
        connection.execute(delete(login_attempt).where(login_attempt.c.subject == _paired(vault, username, address)))


def _named(vault: Vault, username: str) -> str:
    return vault.blind(f"login:{username.strip().lower()}")


def _paired(vault: Vault, username: str, address: str) -> str:
    return vault.blind(f"login:{username.strip().lower()}\n{address}")
