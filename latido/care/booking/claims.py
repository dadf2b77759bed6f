"""One booking at a time for a person and a service: a short lease, without holding a database connection."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import Engine, delete, or_
from sqlalchemy.dialects.postgresql import insert

from latido.care.errors import HealthServiceUnavailable
from latido.care.tables import booking_claims

# Longer than a booking with all its time-outs can take; a crashed booking frees its person after this.
LEASE = timedelta(seconds=90)
WAIT_S = 5.0
PAUSE_S = 0.05


@contextmanager
def claim(
    engine: Engine, patient_key: str, service: str, booking_key: str, now: Callable[[], datetime]
) -> Iterator[None]:
    """Hold the person's booking of a service; waits for another one to end, HealthServiceUnavailable if it does not."""
    give_up = time.monotonic() + WAIT_S
    while not _take(engine, patient_key, service, booking_key, now()):
        if time.monotonic() > give_up:
            raise HealthServiceUnavailable("another booking for this person is still being settled: try again")
        time.sleep(PAUSE_S)
    try:
        yield
    finally:
        _release(engine, patient_key, service, booking_key)


def _take(engine: Engine, patient_key: str, service: str, booking_key: str, now: datetime) -> bool:
    row = {"patient_key": patient_key, "service": service, "booking_key": booking_key, "claimed_at": now}
    claims = booking_claims.c
    # The same booking coming again may go on: it is settled by its own key.
    free = or_(claims.booking_key == booking_key, claims.claimed_at < now - LEASE)
    statement = (
        insert(booking_claims)
        .values(row)
        .on_conflict_do_update(index_elements=["patient_key", "service"], set_=row, where=free)
        .returning(claims.booking_key)
    )
    with engine.begin() as connection:
        return connection.execute(statement).first() is not None


def _release(engine: Engine, patient_key: str, service: str, booking_key: str) -> None:
    claims = booking_claims.c
    mine = (claims.patient_key == patient_key, claims.service == service, claims.booking_key == booking_key)
    with engine.begin() as connection:
        connection.execute(delete(booking_claims).where(*mine))
