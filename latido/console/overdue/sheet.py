"""What a card shows besides the list's line: what is due, what was said to her, her last word, earlier appointments."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection, Row, select

from latido.console.overdue.callers import Whom
from latido.console.overdue.cases import Call, Case, Due, reminder
from latido.console.overdue.rules import CallRules
from latido.console.reading import Delivery, delivery, label
from latido.console.showing import preview
from latido.crypto import Vault
from latido.messaging.redaction import masked
from latido.messaging.tables import alert, message

SHOWN = 8
bookings = sa.table(
    "care_booking",
    *(sa.column(name) for name in ("resident", "patient_key", "service", "starts_at", "state", "attendance")),
    *(sa.column(name) for name in ("told_visit", "ended_why")),
)


@dataclass(frozen=True)
class Said:
    """A reminder that was sent, how far it came, and what she answered."""

    words: str
    at: datetime
    delivery: Delivery
    answer: str


@dataclass(frozen=True)
class Noted:
    """A call as it is read."""

    call: Call
    words: str
    why: str
    note: str


@dataclass(frozen=True)
class Sheet:
    """The details. `last_word` is a row of the message log; `visits` are (when, what became of it)."""

    due: tuple[tuple[Due, str], ...]
    said: tuple[Said, ...]
    visits: tuple[tuple[datetime, str], ...]
    last_word: Row[Any] | None
    calls: tuple[Noted, ...]
    alerts: tuple[str, ...]


def sheet_of(
    connection: Connection,
    vault: Vault,
    whom: Whom,
    case: Case | None,
    calls: tuple[Call, ...],
    rules: CallRules,
    now: datetime,
) -> Sheet:
    """The details of one person's card."""
    return Sheet(
        due=tuple((due, what_is_due(vault, due)) for due in (case.dues if case else ())),
        said=_said(connection, whom),
        visits=_visits(connection, whom, now),
        last_word=_last_word(connection, whom.resident),
        calls=tuple(noted(vault, call, rules) for call in calls),
        alerts=_open_alerts(connection, whom.resident),
    )


def what_is_due(vault: Vault, due: Due) -> str:
    """What it is, and until when or when it was, without a name."""
    said: dict[str, str] = json.loads(vault.open(due.sealed)) if due.sealed else {}
    shown = [said.get("what", ""), said.get("day", ""), said.get("time", "") and f"{said['time']} h"]
    return masked(", ".join(each for each in shown if each))


def noted(vault: Vault, call: Call, rules: CallRules) -> Noted:
    """A call in words; the operator's note masked."""
    result = rules.results.get(call.result)
    why = rules.reasons.get(call.reason or "") or (label("overdue_reasons", call.reason) if call.reason else "")
    note = preview(vault.open(call.note_sealed)) if call.note_sealed else ""
    return Noted(call, result.words if result else label("overdue_results", call.result), why, note)


def _said(connection: Connection, whom: Whom) -> tuple[Said, ...]:
    query = (
        select(
            reminder.c.name,
            reminder.c.answer,
            reminder.c.changed_at,
            message.c.state,
            message.c.status,
            message.c.error_code,
            sa.func.coalesce(message.c.attempted_at, message.c.created_at).label("at"),
        )
        .join(message, message.c.id == reminder.c.message_id)
        .where(reminder.c.resident == whom.resident, reminder.c.role == whom.role, reminder.c.service == whom.service)
        .order_by(message.c.id.desc())
        .limit(SHOWN)
    )
    return tuple(
        Said(
            label("overdue_steps", row.name),
            row.at,
            delivery(row.state, row.status, row.error_code),
            label("overdue_answers", row.answer) if row.answer else "",
        )
        for row in connection.execute(query)
    )


def _visits(connection: Connection, whom: Whom, now: datetime) -> tuple[tuple[datetime, str], ...]:
    hers = (bookings.c.patient_key == f"{whom.resident}:{whom.role}", bookings.c.service == whom.service)
    begun = (bookings.c.resident == whom.resident, bookings.c.starts_at <= now)
    query = select(bookings).where(*hers, *begun).order_by(bookings.c.starts_at.desc()).limit(SHOWN)
    return tuple((row.starts_at, _became(row)) for row in connection.execute(query))


def _became(row: Row[Any]) -> str:
    if row.told_visit:
        return label("overdue_visits", row.told_visit)
    return label("overdue_visits", "cancelled" if row.state == "ended" else "unknown")


def _open_alerts(connection: Connection, key: str) -> tuple[str, ...]:
    """What somebody has yet to see to, before she is called about anything else."""
    hers = (alert.c.resident == key, alert.c.resolved_at.is_(None))
    kinds = connection.execute(select(alert.c.kind).where(*hers).distinct().order_by(alert.c.kind)).scalars()
    return tuple(label("alerts", kind) for kind in kinds)


def _last_word(connection: Connection, key: str) -> Row[Any] | None:
    hers = (message.c.resident == key, message.c.direction == "in")
    columns: tuple[ColumnElement[Any], ...] = (message.c.id, message.c.kind, message.c.text, message.c.created_at)
    return connection.execute(select(*columns).where(*hers).order_by(message.c.id.desc()).limit(1)).first()
