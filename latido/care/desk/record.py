"""The desk's changes in Postgres: how far was read, what was known, what is still to be settled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from latido.care.desk.judging import Kind, Standing, Step
from latido.care.desk.tables import changes, known, marks

APPOINTMENTS = "appointments"


@dataclass(frozen=True)
class Change:
    """One change found: of whose appointment, seen in which version; `tell` False when she need not hear of it."""

    appointment_id: str
    version: str
    resident: str
    for_whom: str
    service: str | None
    center_number: int | None
    step: Step
    tell: bool


def take_mark(
    engine: Engine, begin_at: datetime, now: datetime, lease: timedelta, name: str = APPOINTMENTS
) -> datetime | None:
    """How far was read of `name`, with the right to read on for `lease`; None while another worker has it."""
    with engine.begin() as connection:
        first = insert(marks).values(name=name, read_until=begin_at)
        connection.execute(first.on_conflict_do_nothing())
        mine = update(marks).where(marks.c.name == name, or_(marks.c.lease_until.is_(None), marks.c.lease_until <= now))
        row = connection.execute(mine.values(lease_until=now + lease).returning(marks.c.read_until)).first()
    return row.read_until if row else None


def advance_mark(engine: Engine, read_until: datetime, name: str = APPOINTMENTS) -> None:
    """What was changed before that has been dealt with; the mark never goes back."""
    later = func.greatest(marks.c.read_until, read_until)
    with engine.begin() as connection:
        connection.execute(update(marks).where(marks.c.name == name).values(read_until=later))


def give_back_mark(engine: Engine, name: str = APPOINTMENTS) -> None:
    """Let the next worker read."""
    with engine.begin() as connection:
        connection.execute(update(marks).where(marks.c.name == name).values(lease_until=None))


def what_was_known(connection: Connection, appointment_id: str) -> Standing | None:
    """The appointment as it was read last."""
    row = connection.execute(select(known).where(known.c.appointment_id == appointment_id)).first()
    return Standing(row.version, row.status, row.starts_at, row.place) if row else None


def remember(connection: Connection, appointment_id: str, resident: str, standing: Standing, now: datetime) -> None:
    """Keep how an appointment is now."""
    values = {
        "resident": resident,
        "version": standing.version,
        "status": standing.status,
        "starts_at": standing.starts_at,
        "place": standing.place,
        "seen_at": now,
    }
    kept = insert(known).values(appointment_id=appointment_id, **values)
    connection.execute(kept.on_conflict_do_update(index_elements=["appointment_id"], set_=values))


def note(connection: Connection, change: Change, now: datetime, due_at: datetime) -> None:
    """Write a change down, once per appointment, version and kind."""
    step = change.step
    values = {
        "appointment_id": change.appointment_id,
        "version": change.version,
        "kind": step.kind,
        "resident": change.resident,
        "for_whom": change.for_whom,
        "service": change.service,
        "before_at": step.before_at,
        "starts_at": step.starts_at,
        "place_before": step.place_before,
        "place": step.place,
        "center_number": change.center_number,
        "tell": change.tell,
        "state": "open",
        "found_at": now,
        "due_at": due_at,
    }
    connection.execute(insert(changes).values(values).on_conflict_do_nothing())


def due_appointments(engine: Engine, now: datetime, limit: int) -> list[str]:
    """Appointments all of whose open changes are due, longest waiting first."""
    waiting = (
        select(changes.c.appointment_id)
        .where(changes.c.state == "open")
        .group_by(changes.c.appointment_id)
        .having(func.max(changes.c.due_at) <= now)
        .order_by(func.min(changes.c.due_at))
        .limit(limit)
    )
    with engine.connect() as connection:
        return list(connection.execute(waiting).scalars())


def open_changes(connection: Connection, appointment_id: str) -> list[Row[Any]]:
    """The open changes of an appointment in order, held against other workers; empty when another one has them."""
    mine = (changes.c.appointment_id == appointment_id, changes.c.state == "open")
    chosen = select(changes).where(*mine).order_by(changes.c.id).with_for_update(skip_locked=True)
    return list(connection.execute(chosen).all())


def settle(connection: Connection, rows: list[Row[Any]], state: str, now: datetime) -> None:
    """Close these changes."""
    ids = [row.id for row in rows]
    connection.execute(update(changes).where(changes.c.id.in_(ids)).values(state=state, settled_at=now))


def postpone(connection: Connection, rows: list[Row[Any]], until: datetime) -> None:
    """Leave these changes open until then."""
    connection.execute(update(changes).where(changes.c.id.in_([row.id for row in rows])).values(due_at=until))


def step_of(row: Row[Any]) -> Step:
    """The step that a row wrote down."""
    kind: Kind = row.kind
    return Step(kind, row.before_at, row.starts_at, row.place_before, row.place)
