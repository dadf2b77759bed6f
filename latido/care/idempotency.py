"""Repeated requests are harmless: a key, the request it stood for, and the first answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.errors import DeadlockDetected
from sqlalchemy import Connection, Engine, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError

from latido.care.errors import CareError, HealthServiceUnavailable, IdempotencyConflict
from latido.care.tables import idempotency
from latido.crypto import Vault

TRIES = 4


@dataclass(frozen=True)
class Begun:
    """A write that may be done now. `resumed`: an earlier try began it and gave no answer."""

    resumed: bool
    answer: dict[str, Any] | None = None


@dataclass(frozen=True)
class Write:
    """A write as the caller asked for it: its key, what it does, and all that makes two requests the same."""

    key: str
    operation: str
    request: Mapping[str, Any]


def once(
    engine: Engine, vault: Vault, write: Write, now: Callable[[], datetime], work: Callable[[bool], dict[str, Any]]
) -> tuple[dict[str, Any], bool]:
    """The answer of `work`, and whether it was done now; a repeat gets the first answer without doing it again.

    `work` is told whether an earlier try may have begun. A refusal frees the key; after HealthServiceUnavailable or a
    FhirError it stays, and the same request settles it.
    """
    with engine.begin() as connection:
        begun = begin(connection, vault, write.key, write.operation, write.request, now())
    if begun.answer is not None:
        return begun.answer, False
    try:
        answer = work(begun.resumed)
    except HealthServiceUnavailable:
        raise
    except CareError:
        with engine.begin() as connection:
            forget(connection, write.key)
        raise
    with engine.begin() as connection:
        finish(connection, vault, write.key, answer, now())
    return answer, True


def once_in_transaction(
    engine: Engine,
    vault: Vault,
    write: Write,
    now: Callable[[], datetime],
    work: Callable[[Connection], dict[str, Any]],
) -> tuple[dict[str, Any], bool]:
    """The answer of `work`, done in one transaction with its key, and whether it was done now; a refusal undoes all.

    For writes to Postgres alone: either everything stands, with the answer, or nothing.
    """
    for tries_left in reversed(range(TRIES)):
        try:
            with engine.begin() as connection:
                begun = begin(connection, vault, write.key, write.operation, write.request, now())
                if begun.answer is not None:
                    return begun.answer, False
                answer = work(connection)
                finish(connection, vault, write.key, answer, now())
                return answer, True
        except OperationalError as error:
            # Whoever Postgres chose to break a deadlock has done nothing yet.
            if not isinstance(error.orig, DeadlockDetected) or not tries_left:
                raise
    raise HealthServiceUnavailable("the database is busy: repeat the request with the same key")


def begin(
    connection: Connection, vault: Vault, key: str, operation: str, request: Mapping[str, Any], now: datetime
) -> Begun:
    """Start the write `key` stands for, or give its first answer; IdempotencyConflict for another request."""
    fingerprint = vault.blind(json.dumps({"operation": operation, **request}, sort_keys=True, default=str))
    row = {"key": key, "operation": operation, "request_hash": fingerprint, "created_at": now}
    fresh = connection.execute(
        insert(idempotency).values(row).on_conflict_do_nothing().returning(idempotency.c.key)
    ).first()
    if fresh:
        return Begun(resumed=False)
    known = connection.execute(select(idempotency).where(idempotency.c.key == key)).first()
    if known is None:  # forgotten by another try of the same request just now
        return Begun(resumed=True)
    if known.request_hash != fingerprint:
        raise IdempotencyConflict("the idempotency_key was used for another request: make a new one")
    answer = json.loads(vault.open(known.sealed_response)) if known.sealed_response else None
    return Begun(resumed=True, answer=answer)


def finish(connection: Connection, vault: Vault, key: str, answer: Mapping[str, Any], now: datetime) -> None:
    """Keep the answer for the next time the key comes."""
    sealed = vault.seal(json.dumps(answer))
    connection.execute(
        update(idempotency).where(idempotency.c.key == key).values(sealed_response=sealed, completed_at=now)
    )


def forget(connection: Connection, key: str) -> None:
    """Drop a write that was refused for good: nothing was done, the key may be used again."""
    unanswered = idempotency.c.sealed_response.is_(None)
    connection.execute(delete(idempotency).where(idempotency.c.key == key, unanswered))


def purge(connection: Connection, before: datetime) -> int:
    """Drop what was begun before this instant; returns how many rows."""
    return connection.execute(delete(idempotency).where(idempotency.c.created_at < before)).rowcount
