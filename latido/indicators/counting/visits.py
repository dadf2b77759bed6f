"""What is counted from the bookings: visits that were kept, the wait for a first one, what followed a reminder."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, Connection, Row, Select, func, or_, select

from latido.care.booking.appointments import priority_of
from latido.care.desk.tables import known
from latido.care.services import BUENOS_AIRES, Care
from latido.care.tables import bookings
from latido.indicators.rules.figures import Figure, measured
from latido.messaging.tables import message
from latido.reminders.standing import VISITED
from latido.reminders.tables import reminder

Outcome = Literal["kept", "missed", "unknown"]
# Why a row of the ledger ended that was never an appointment, or only a hold.
NEVER_STOOD = (
    "refused",
    "never placed",
    "gone from the server",
    "expired",
    "given up",
    "released",
    "she chose another slot",
    "entered-in-error",
    "proposed",
)
# Why one ended whose time came while it stood.
CAME_DUE = ("past", "missed", "noshow", *sorted(VISITED))
TOLD: dict[str, Outcome] = {"went": "kept", "not_went": "missed"}
MISSED = ("missed", "noshow")
AT_ONCE = 50


def outcome_of(status: str | None, ended_why: str | None, told: str | None) -> Outcome:
    """What became of an appointment whose time has passed: as the centre has it, else as she told."""
    if status in VISITED or ended_why in VISITED:
        return "kept"
    if status == "noshow" or ended_why in MISSED:
        return "missed"
    return TOLD.get(told or "", "unknown")


def visits_kept(connection: Connection, start: datetime, end: datetime) -> list[Figure]:
    """Visits that took place, of the appointments of which somebody told what became of them; by service."""
    return [Figure(part, kept + missed, kept) for part, kept, missed, _ in _outcomes(connection, start, end)]


def visits_unknown(connection: Connection, start: datetime, end: datetime) -> list[Figure]:
    """Appointments whose time passed and of which nobody told, of all that were not cancelled; by service."""
    return [Figure(part, k + m + unknown, unknown) for part, k, m, unknown in _outcomes(connection, start, end)]


def came_due() -> ColumnElement[bool]:
    """Rows of the ledger that stood when their time came, or stand yet."""
    return or_(bookings.c.state == "booked", bookings.c.ended_why.in_(CAME_DUE))


def appointments(*conditions: ColumnElement[bool]) -> Select[tuple[object, ...]]:
    """The ledger's rows with the status that the health service had last."""
    told = (bookings.c.resident, bookings.c.patient_key, bookings.c.service, bookings.c.starts_at)
    rest = (bookings.c.ended_why, bookings.c.told_visit, bookings.c.appointment_id, known.c.status)
    joined = bookings.outerjoin(known, known.c.appointment_id == bookings.c.appointment_id)
    return select(*told, *rest).select_from(joined).where(*conditions)


def wait_for_first(care: Care, connection: Connection, start: datetime, end: datetime) -> list[Figure]:
    """Days from asking for the first appointment of a person and service to its day, by priority."""
    first = func.row_number().over(
        partition_by=(bookings.c.patient_key, bookings.c.service), order_by=bookings.c.created_at
    )
    real = bookings.c.appointment_id.is_not(None) & or_(
        bookings.c.state == "booked", bookings.c.ended_why.not_in(NEVER_STOOD)
    )
    ranked = select(bookings, first.label("rank")).where(real).subquery()
    asked = (ranked.c.rank == 1, ranked.c.created_at >= start, ranked.c.created_at < end)
    rows = connection.execute(select(ranked).where(*asked)).all()
    classes = _classes(care, rows)
    days: dict[str, list[float]] = defaultdict(list)
    for row in rows:
        waited = (row.starts_at.astimezone(BUENOS_AIRES).date() - row.created_at.astimezone(BUENOS_AIRES).date()).days
        days[""].append(waited)
        if row.appointment_id in classes:
            days[classes[row.appointment_id]].append(waited)
    return [measured(part, days[part]) for part in ("", "top", "priority", "routine")]


def reminders(connection: Connection, start: datetime, end: datetime, now: datetime) -> list[Figure]:
    """Of the reminders sent in the month, how many were delivered, read and answered; of their visits, the past ones
    that were kept.
    """
    sent = (message.c.handed_over_at >= start, message.c.handed_over_at < end, message.c.state == "handed_over")
    counts = (
        func.count(),
        func.count(func.coalesce(message.c.delivered_at, message.c.read_at)),
        func.count(message.c.read_at),
        func.count(reminder.c.answer),
    )
    joined = message.join(reminder, reminder.c.id == message.c.reminder_id)
    of, delivered, read, answered = connection.execute(select(*counts).select_from(joined).where(*sent)).one()
    before = select(reminder.c.appointment_id).select_from(joined).where(*sent, reminder.c.name != "after")
    past = (came_due(), bookings.c.starts_at < now)
    visited = connection.execute(appointments(bookings.c.appointment_id.in_(before), *past)).all()
    kept = sum(_outcome(row) == "kept" for row in visited)
    parts = (("delivered", delivered), ("read", read), ("answered", answered))
    return [*(Figure(part, of, hits) for part, hits in parts), Figure("attended", len(visited), kept)]


def _outcomes(connection: Connection, start: datetime, end: datetime) -> list[tuple[str, int, int, int]]:
    """Per service and for all: how many were kept, missed, and are not known of."""
    in_month = (bookings.c.starts_at >= start, bookings.c.starts_at < end)
    counts: dict[str, dict[Outcome, int]] = defaultdict(lambda: {"kept": 0, "missed": 0, "unknown": 0})
    for row in connection.execute(appointments(*in_month, came_due())):
        for part in ("", row.service):
            counts[part][_outcome(row)] += 1
    return [(part, of["kept"], of["missed"], of["unknown"]) for part, of in sorted(counts.items())]


def _outcome(row: Row[tuple[object, ...]]) -> Outcome:
    return outcome_of(row.status, row.ended_why, row.told_visit)


def _classes(care: Care, rows: Sequence[Row[tuple[object, ...]]]) -> dict[str, str]:
    """The priority each was made with, as the health service has it; those that it has no more are left out."""
    service = {row.appointment_id: row.service for row in rows}
    found: dict[str, str] = {}
    for ids in _in_pieces(list(service)):
        for page in care.fhir.search_all("Appointment", [("_id", ",".join(ids)), ("_count", str(AT_ONCE))]):
            for one in page.matches:
                rules = care.rules[service[one["id"]]].priority
                found[one["id"]] = priority_of(one, rules).name
    return found


def _in_pieces(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[first : first + AT_ONCE] for first in range(0, len(ids), AT_ONCE))
