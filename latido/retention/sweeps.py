"""What goes when a period is over: one small statement a batch, which another worker's batch steps around."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, func, literal, or_, select, update

from latido.campaigns.tables import recipient
from latido.care.desk.tables import changes as desk_changes
from latido.care.rights.tables import feedback
from latido.care.waiting.tables import entries
from latido.console.overdue.tables import calls
from latido.console.tables import operator_session
from latido.crypto import Vault
from latido.messaging.remarks import notes
from latido.messaging.tables import alert, danger_follow_up, receipt, ticket
from latido.reminders.tables import OPEN, reminder

Condition = Callable[[datetime], ColumnElement[bool]]
Values = Callable[[Vault], Mapping[str, Any]]


@dataclass(frozen=True)
class Sweep:
    """Rows of `table` for which `due(moment)` holds are deleted, or emptied where `emptied` says with what.

    `by_age`: a row with a lower key is older, so that only the first ones need be looked at in a long table.
    """

    period: str
    table: Table
    due: Condition
    emptied: Values | None = None
    by_age: bool = False


SWEEPS = (
    Sweep("receipts", receipt, lambda before: receipt.c.created_at < before, by_age=True),
    Sweep("operator_sessions", operator_session, lambda before: operator_session.c.expires_at < before),
    Sweep("opinions", feedback, lambda before: feedback.c.created_at < before),
    Sweep("conversation_notes", notes, lambda before: notes.c.created_at < before),
    Sweep("waiting_calls", desk_changes, lambda before: desk_changes.c.settled_at < before),
    Sweep("danger_follow_ups", danger_follow_up, lambda before: danger_follow_up.c.settled_at < before),
    Sweep(
        "reminders",
        reminder,
        # Until its last moment has passed a row keeps its step from being said a second time.
        lambda before: and_(
            reminder.c.state.not_in(OPEN), reminder.c.changed_at < before, reminder.c.not_after < before
        ),
    ),
    Sweep(
        "campaign_recipients",
        recipient,
        lambda before: and_(recipient.c.state.in_(("sent", "failed", "skipped")), recipient.c.changed_at < before),
    ),
    Sweep(
        "alert_details",
        alert,
        lambda before: and_(alert.c.resolved_at < before, alert.c.detail != ""),
        lambda vault: {"detail": ""},
    ),
    Sweep(
        "ticket_summaries",
        ticket,
        lambda before: and_(ticket.c.closed_at < before, func.length(ticket.c.summary_sealed) > 0),
        lambda vault: {"summary_sealed": b""},
    ),
    Sweep(
        "call_notes",
        calls,
        lambda before: and_(calls.c.at < before, calls.c.note_sealed.is_not(None)),
        lambda vault: {"note_sealed": None},
    ),
    Sweep(
        "waiting_details",
        entries,
        lambda before: and_(
            entries.c.ended_at < before, or_(entries.c.area.is_not(None), entries.c.weeks.is_not(None))
        ),
        lambda vault: {"area": None, "weeks": None, "weeks_as_of": None, "details_sealed": b""},
    ),
)


def sweep_batch(connection: Connection, sweep: Sweep, vault: Vault, before: datetime, limit: int) -> int:
    """Remove up to `limit` rows that are over; returns how many went."""
    (key,) = sweep.table.primary_key.columns
    over = select(key).where(*_over(sweep, before, limit)).limit(limit).with_for_update(skip_locked=True).cte("over")
    here = key.in_(select(over.c[key.name]))
    if sweep.emptied is None:
        return connection.execute(delete(sweep.table).where(here)).rowcount
    return connection.execute(update(sweep.table).where(here).values(**sweep.emptied(vault))).rowcount


def count_over(connection: Connection, sweep: Sweep, before: datetime, most: int | None = None) -> int:
    """How many rows are over and still there, counted up to `most`."""
    over = select(literal(1)).select_from(sweep.table).where(*_over(sweep, before, most)).limit(most).subquery()
    return int(connection.execute(select(func.count()).select_from(over)).scalar_one())


def _over(sweep: Sweep, before: datetime, limit: int | None) -> tuple[ColumnElement[bool], ...]:
    if not sweep.by_age or limit is None:
        return (sweep.due(before),)
    (key,) = sweep.table.primary_key.columns
    first = select(key.label("key")).order_by(key).limit(limit).subquery()
    return sweep.due(before), key <= select(func.max(first.c.key)).scalar_subquery()
