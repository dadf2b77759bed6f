"""Settling what was found: the ledger is corrected, and the resident told, or somebody asked to call her."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row
from sqlalchemy.exc import SQLAlchemyError

from latido.care.desk.judging import Step, taken_together
from latido.care.desk.reading import entry_for
from latido.care.desk.record import due_appointments, open_changes, postpone, settle, step_of
from latido.care.desk.texts import DeskTexts
from latido.care.errors import CareError
from latido.care.people.record import lock_people
from latido.care.people.stopped import is_stopped
from latido.care.residents import may_be_written_to
from latido.care.rules.waiting import is_quiet
from latido.care.services import Care
from latido.fhir.errors import FhirError, NotFound
from latido.fhir.resources import Resource

ALERT = "desk_change"
BY_DESK = "desk"
"""Why a row of the ledger ended that the desk ended: told apart from Latido's own endings."""
AT_ONCE = 50
TRY_AGAIN = timedelta(minutes=1)

Listener = Callable[[Care, Resource], None]

log = logging.getLogger(__name__)


def tell_due(care: Care, texts: DeskTexts, on_changed: Listener) -> int:
    """Settle the changes that are due; returns of how many appointments. What fails is tried again in a minute.

    `on_changed` is given each appointment that somebody else changed, perhaps more than once.
    """
    due = due_appointments(care.engine, care.now(), AT_ONCE)
    for appointment_id in due:
        try:
            with care.engine.begin() as connection:
                _settle(care, texts, on_changed, connection, appointment_id)
        except (FhirError, CareError, SQLAlchemyError) as error:
            log.warning("a change at the desk could not be settled yet: %s", type(error).__name__)
            with care.engine.begin() as connection:
                postpone(connection, open_changes(connection, appointment_id), care.now() + TRY_AGAIN)
    return len(due)


def _settle(care: Care, texts: DeskTexts, on_changed: Listener, connection: Connection, appointment_id: str) -> None:
    rows = open_changes(connection, appointment_id)
    if not rows:
        return None
    if rows[-1].kind == "cancelled" and _ended_by_us(care, appointment_id):
        return settle(connection, rows, "ours", care.now())
    try:
        on_changed(care, care.fhir.read("Appointment", appointment_id))
    except NotFound:
        log.info("an appointment that changed is no longer on the health service")
    step = taken_together([step_of(row) for row in rows if row.tell]) if rows[-1].tell else None
    if step is None:
        return settle(connection, rows, "silent", care.now())
    return _tell(care, texts, connection, rows, step)


def _ended_by_us(care: Care, appointment_id: str) -> bool:
    entry = entry_for(care, appointment_id, None)
    return entry is not None and entry.state == "ended" and entry.ended_why != BY_DESK


def _tell(care: Care, texts: DeskTexts, connection: Connection, rows: list[Row[Any]], step: Step) -> None:
    row, now = rows[-1], care.local_now()
    if all(each is None or each <= now for each in (step.before_at, step.starts_at)):
        return settle(connection, rows, "silent", now)
    center = care.directory.centers.get(row.center_number or 0)
    message = texts.message(step, row.for_whom, center)
    # What she tells of a loss just now is written before or after this, never between.
    lock_people(connection, row.resident)
    if is_stopped(connection, row.resident, row.for_whom, row.service):
        return _leave_to_operators(care, connection, rows, texts.alert_of_stopped(message))
    wrote = care.messenger.last_wrote(connection, [row.resident]).get(row.resident)
    if wrote is None or now - wrote > care.waiting.window or not may_be_written_to(connection, [row.resident]):
        return _leave_to_operators(care, connection, rows, texts.alert(message))
    if is_quiet(care.waiting, now) and now - wrote > care.waiting.awake:
        return postpone(connection, rows, _morning(care, now))
    care.messenger.say(connection, row.resident, message, texts.buttons(step, row.service))
    return settle(connection, rows, "told", now)


def _leave_to_operators(care: Care, connection: Connection, rows: list[Row[Any]], words: str) -> None:
    row = rows[-1]
    known = care.messenger.alert(connection, row.resident, ALERT, f"desk:{row.id}", words)
    settle(connection, rows, "alerted" if known else "silent", care.now())


def _morning(care: Care, now: datetime) -> datetime:
    """When the night is over."""
    until = care.waiting.quiet_until
    morning = now.replace(hour=until.hour, minute=until.minute, second=0, microsecond=0)
    return morning if morning > now else morning + timedelta(days=1)
