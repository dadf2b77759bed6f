"""The ledger: what Latido is booking or has booked, written before the FHIR server is asked (docs/adr/0010).

A row goes placing → held → booked → ended. A unique index lets one row a person, service and window be open, and one
beside it that is to take its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, Engine, Row, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from latido.care.tables import bookings

Origin = Literal["resident", "waiting_list"]
State = Literal["placing", "held", "booked", "ended"]
ToldVisit = Literal["went", "not_went"]
LOOK_AGAIN = timedelta(seconds=2)
# Why a row ended whose appointment was given to somebody else because nobody had confirmed it.
UNCONFIRMED = "unconfirmed"


@dataclass(frozen=True)
class Entry:
    """One row. `appointment_id` is known once it was placed; `expires_at` is that of a hold."""

    booking_key: str
    resident: str
    patient_key: str
    service: str
    pregnancy_window: str
    slot_id: str
    starts_at: datetime
    origin: Origin = "resident"
    state: State = "placing"
    replacing: bool = False
    replaces: str | None = None
    appointment_id: str | None = None
    expires_at: datetime | None = None
    attendance: str | None = None
    ended_why: str | None = None
    looked_at: datetime | None = None
    created_at: datetime | None = None

    @property
    def role(self) -> str:
        """Which of the resident's people it is for."""
        return self.patient_key.removeprefix(f"{self.resident}:")


_NAMES = tuple(Entry.__dataclass_fields__)


class WindowTaken(Exception):
    """Another open row stands for this person, service and window."""


def open_entries(connection: Connection, patient_key: str, service: str) -> list[Entry]:
    """The person's open rows of a service, held against other writers until the transaction ends."""
    lock = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 1))")
    connection.execute(lock, {"name": f"{patient_key}:{service}"})
    mine = (bookings.c.patient_key == patient_key, bookings.c.service == service, bookings.c.state != "ended")
    return [_entry(row) for row in connection.execute(select(bookings).where(*mine).order_by(bookings.c.created_at))]


def begin_entry(connection: Connection, entry: Entry, now: datetime, again: bool = False) -> None:
    """Write a new row, or an ended one anew (`again`); WindowTaken when the index refuses it."""
    row = {name: getattr(entry, name) for name in _NAMES} | {"looked_at": now, "created_at": now}
    this = bookings.c.booking_key == entry.booking_key
    try:
        connection.execute(update(bookings).where(this).values(row) if again else insert(bookings).values(row))
    except IntegrityError as error:
        raise WindowTaken("another booking of this person stands in this window") from error


def find_entry(engine: Engine, booking_key: str) -> Entry | None:
    """The row of a booking key."""
    with engine.connect() as connection:
        row = connection.execute(select(bookings).where(bookings.c.booking_key == booking_key)).first()
    return _entry(row) if row else None


def entry_of_appointment(engine: Engine, appointment_id: str) -> Entry | None:
    """The latest row of an Appointment; None when it was made at the desk."""
    query = select(bookings).where(bookings.c.appointment_id == appointment_id)
    with engine.connect() as connection:
        row = connection.execute(query.order_by(bookings.c.created_at.desc()).limit(1)).first()
    return _entry(row) if row else None


def attendance_of(engine: Engine, appointment_ids: Sequence[str]) -> dict[str, str]:
    """What she answered to the reminders of these Appointments, where she did."""
    known = (bookings.c.appointment_id.in_(appointment_ids), bookings.c.attendance.is_not(None))
    with engine.connect() as connection:
        rows = connection.execute(select(bookings.c.appointment_id, bookings.c.attendance).where(*known))
        return {row.appointment_id: row.attendance for row in rows}


def placed(
    engine: Engine, booking_key: str, appointment_id: str, state: State, expires_at: datetime | None = None
) -> None:
    """The server has it now, held or booked. WindowTaken when the row was given up meanwhile and another one stands."""
    try:
        _change(engine, booking_key, state=state, appointment_id=appointment_id, expires_at=expires_at, ended_why=None)
    except IntegrityError as error:
        raise WindowTaken("the booking was given up meanwhile, and another one stands") from error


def ended(engine: Engine, booking_key: str, why: str) -> None:
    """It is over: refused, cancelled, expired, moved, missed, past."""
    _change(engine, booking_key, state="ended", ended_why=why)


def answered(engine: Engine, booking_key: str, attendance: str) -> None:
    """She said whether she comes."""
    _change(engine, booking_key, attendance=attendance)


def told_of_visit(connection: Connection, appointment_id: str, resident: str, told: ToldVisit, now: datetime) -> None:
    """She told that she went, or could not: the health service's record stays as it is. Her last word counts."""
    hers = (bookings.c.appointment_id == appointment_id, bookings.c.resident == resident)
    connection.execute(update(bookings).where(*hers).values(told_visit=told, told_visit_at=now))


def given_to(engine: Engine, booking_key: str, patient_key: str, window: str) -> None:
    """The booking is for another person after all; WindowTaken when that person has one already."""
    try:
        _change(engine, booking_key, patient_key=patient_key, pregnancy_window=window)
    except IntegrityError as error:
        raise WindowTaken("that person has a booking in this window") from error


def moved_at_desk(engine: Engine, booking_key: str, slot_id: str, starts_at: datetime) -> None:
    """The centre's desk gave it another time."""
    _change(engine, booking_key, slot_id=slot_id, starts_at=starts_at)


def took_the_place_of(engine: Engine, booking_key: str, earlier_key: str | None, why: str) -> None:
    """The earlier row ends and this one stands alone, in one transaction."""
    with engine.begin() as connection:
        if earlier_key is not None:
            over = update(bookings).where(bookings.c.booking_key == earlier_key)
            connection.execute(over.values(state="ended", ended_why=why))
        alone = update(bookings).where(bookings.c.booking_key == booking_key)
        connection.execute(alone.values(replacing=False, replaces=None))


def to_settle(engine: Engine, now: datetime, patience: timedelta, limit: int) -> list[Entry]:
    """Rows the sweep has to look at: holds that ran out, writes nobody finished, replacements half done, past ones.

    A write is left alone for `patience`: whoever began it may still be at it. Each row is marked as looked at, so that
    workers share the work; looking twice does no harm.
    """
    row = bookings.c
    abandoned = row.looked_at < now - patience
    due = (
        ((row.state == "held") & (row.expires_at <= now) & (row.looked_at < now - LOOK_AGAIN))
        | ((row.state == "placing") & abandoned)
        | ((row.state == "booked") & (row.replacing | (row.starts_at <= now)) & abandoned)
    )
    chosen = select(row.booking_key).where(row.state != "ended", due).order_by(row.looked_at).limit(limit)
    mark = (
        update(bookings)
        .where(row.booking_key.in_(chosen.with_for_update(skip_locked=True)))
        .values(looked_at=now)
        .returning(*row)
    )
    with engine.begin() as connection:
        return [_entry(each) for each in connection.execute(mark)]


def _change(engine: Engine, booking_key: str, **values: Any) -> None:
    with engine.begin() as connection:
        connection.execute(update(bookings).where(bookings.c.booking_key == booking_key).values(values))


def _entry(row: Row[Any]) -> Entry:
    return Entry(**{name: getattr(row, name) for name in _NAMES})
