"""A resident's timeline, read now from Postgres and the health service; nothing is written."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from latido.care.people.pregnancies import all_pregnancies
from latido.care.people.record import all_people
from latido.care.services import BUENOS_AIRES, Care
from latido.messaging.tables import message
from latido.messaging.tables import resident as residents
from latido.reminders.knowing import known_anyhow
from latido.reminders.parts import Reminders
from latido.reminders.rules.timeline import Facts, Said, timeline_of
from latido.reminders.tables import reminder
from latido.timeline import Timeline

# For so long after a loss nobody is asked about a pregnancy when she wants to see her calendar.
SPARED_FOR = timedelta(days=300)


class WhichResident(Exception):
    """The beginning of a key names nobody, or more than one: give more signs of it."""


def timeline_for(reminders: Reminders, resident: str) -> Timeline:
    """What is due, booked, said and planned of her people. HealthServiceUnavailable."""
    care = reminders.care
    known, now = known_anyhow(care, resident), care.now()
    with care.engine.connect() as connection:
        rows = [_said(row) for row in connection.execute(_rows_of(resident))]
        lost = _has_lost(connection, care, resident)
    steps = reminders.plan(known, now)
    shown = timeline_of(Facts(known, steps, rows, care.calendars, reminders.policy, BUENOS_AIRES, now))
    return shown.bereaved() if lost else shown


def resident_beginning(reminders: Reminders, signs: str) -> str:
    """The key of the one resident whose key begins like this; WhichResident."""
    query = select(residents.c.key).where(residents.c.key.startswith(signs, autoescape=True)).limit(2)
    with reminders.care.engine.connect() as connection:
        found = list(connection.execute(query).scalars())
    if len(found) != 1:
        raise WhichResident(f"{'nobody' if not found else 'more than one resident'} has a key that begins so")
    return str(found[0])


def _rows_of(resident: str) -> Any:
    of_message = (
        message.c.sent_at,
        message.c.delivered_at,
        message.c.read_at,
        message.c.handed_over_at,
        message.c.text,
    )
    query = select(reminder, *of_message).outerjoin(message, message.c.id == reminder.c.message_id)
    return query.where(reminder.c.resident == resident).order_by(reminder.c.due_at, reminder.c.id)


def _said(row: Row[Any]) -> Said:
    return Said(
        key=row.key,
        role=row.role,
        kind=row.kind,
        name=row.name,
        state=row.state,
        due_at=row.due_at,
        codes=tuple(row.codes),
        reason=row.last_reason,
        answer=row.answer,
        answered_at=row.answered_at,
        cleared_by=row.cleared_by,
        sent_at=row.sent_at or row.handed_over_at,
        delivered_at=row.delivered_at,
        read_at=row.read_at,
        words=row.text,
    )


def _has_lost(connection: Connection, care: Care, resident: str) -> bool:
    since = care.now() - SPARED_FOR
    people = all_people(connection, care.vault, resident)
    if any(each.state == "stopped" and (each.changed_at is None or each.changed_at >= since) for each in people):
        return True
    pregnancies = all_pregnancies(connection, care.vault, resident)
    return any(each.why == "loss" and each.ended_at is not None and each.ended_at >= since for each in pregnancies)
