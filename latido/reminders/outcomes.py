"""What followed a message that is compared: what was booked, and whether the health service says that she was there."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, or_, select, tuple_, update

from latido.care.booking.appointments import live_appointments
from latido.care.booking.patients import find_patients
from latido.care.services import Care
from latido.care.tables import bookings
from latido.experiments.data import Experiments
from latido.experiments.rules.arms import Outcome
from latido.experiments.tables import exposures
from latido.fhir.errors import FhirError
from latido.reminders.tables import reminder
from latido.reminders.visiting import visits

log = logging.getLogger(__name__)

WAS_THERE = ("fulfilled", "arrived", "checked-in")
# A booking that is over was one, unless it is not known that it ever stood.
STOOD = ("past", "missed", "desk")
LOOK_EVERY = timedelta(days=7)
# Desks write down late who came.
DESK_TAKES = timedelta(days=14)
AT_ONCE = 50


def note_outcomes(care: Care, experiments: Experiments) -> None:
    """Keep what was booked since each message, and ask the health service for visits of some whose turn it is."""
    note_bookings(care, experiments)
    note_visits(care, experiments)


def note_bookings(care: Care, experiments: Experiments) -> int:
    """The first booking of that person and service since the message was queued, whatever becomes of it later."""
    stands = or_(bookings.c.state == "booked", bookings.c.ended_why.in_(STOOD))
    first = (
        select(func.min(bookings.c.created_at))
        .join(reminder, bookings.c.patient_key == reminder.c.resident + ":" + reminder.c.role)
        .where(reminder.c.id == exposures.c.reminder_id, bookings.c.service == reminder.c.service)
        .where(bookings.c.resident == exposures.c.resident, bookings.c.created_at >= exposures.c.first_at, stands)
        .correlate(exposures)
        .scalar_subquery()
    )
    followed = exposures.c.first_at > care.now() - _longest(experiments, "booked") - LOOK_EVERY
    open_ones = update(exposures).where(exposures.c.booked_at.is_(None), followed, first.is_not(None))
    with care.engine.begin() as connection:
        return connection.execute(open_ones.values(booked_at=first)).rowcount


def note_visits(care: Care, experiments: Experiments) -> int:
    """Ask for the visits of those who were not looked at for a week; stops when the health service does not answer."""
    found = 0
    for row in _to_look_at(care, experiments):
        try:
            visit = first_visit(care, row.resident, row.role, row.service, row.first_at)
        except FhirError as error:
            log.warning("visits are read later, the health service does not answer: %s", type(error).__name__)
            break
        found += visit is not None
        _looked(care, row, visit)
    return found


def first_visit(care: Care, resident: str, role: str, service: str, since: datetime) -> datetime | None:
    """When that person first was at such a visit since then, by appointment or without. Raises a FhirError."""
    patient = find_patients(care.fhir, resident).get(role)
    if patient is None:
        return None
    kept = live_appointments(care, [patient["id"]], since, service, statuses=WAS_THERE)
    starts = [datetime.fromisoformat(each["start"]) for each in kept]
    starts += [visit.start for _, visit in visits(care, {patient["id"]: role}, since) if visit.service == service]
    return min((start for start in starts if since <= start <= care.now()), default=None)


def _to_look_at(care: Care, experiments: Experiments) -> list[Row[Any]]:
    """Who was not looked at longest; marked at once only by who looks, so that nothing is lost when it dies."""
    now = care.now()
    followed = exposures.c.first_at > now - _longest(experiments, "attended") - DESK_TAKES
    due = func.coalesce(exposures.c.looked_at, exposures.c.first_at) <= now - LOOK_EVERY
    query = (
        select(exposures, reminder.c.role, reminder.c.service)
        .join(reminder, reminder.c.id == exposures.c.reminder_id)
        .where(exposures.c.attended_at.is_(None), ~exposures.c.fell_back, followed, due)
        .order_by(exposures.c.looked_at.nulls_first(), exposures.c.first_at)
        .limit(AT_ONCE)
    )
    with care.engine.connect() as connection:
        return list(connection.execute(query))


def _looked(care: Care, row: Row[Any], visit: datetime | None) -> None:
    this = tuple_(exposures.c.experiment, exposures.c.resident, exposures.c.first_at)
    seen = update(exposures).where(this == (row.experiment, row.resident, row.first_at))
    with care.engine.begin() as connection:
        connection.execute(seen.values(looked_at=care.now(), attended_at=visit))


def _longest(experiments: Experiments, outcome: Outcome) -> timedelta:
    return timedelta(days=max((each.days[outcome] for each in experiments.all), default=0))
