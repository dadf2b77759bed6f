"""The urgent queue: what an operator must see, gravest first, then longest waiting."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, Select, case, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from latido.console.audit.log import record
from latido.console.pace import URGENT_ALERTS
from latido.console.tables import alert_resolution, operator
from latido.messaging.tables import alert, message

SEEN = "alert_seen"
SHOWN = 100
RECENT = 8
# A life at risk before a loss, that before a person who asks for one, that before an appointment nobody told her of,
# that before a message that did not get through.
GRAVITY = (
    "danger",
    "self_harm",
    "violence",
    "danger_call",
    "loss",
    "wants_person",
    "rights",
    "many_reveals",
    "desk_change",
    "waiting_call",
    "set_aside",
    "reminders_paused",
    "reminder_refused",
    "undelivered",
    "variant_stopped",
    "variant_proposed",
)


@dataclass(frozen=True)
class AlertQueue:
    """`open` and `resolved` are rows of the log, with the message they are about if they are about one."""

    open: tuple[Row[Any], ...]
    open_count: int
    resolved: tuple[Row[Any], ...]


def alert_queue(connection: Connection) -> AlertQueue:
    """The open alerts, and the ones resolved last."""
    columns: tuple[ColumnElement[Any], ...] = (
        alert.c.id,
        alert.c.kind,
        alert.c.resident,
        alert.c.message_id,
        alert.c.detail,
        alert.c.created_at,
        alert.c.resolved_at,
        message.c.text,
        message.c.kind.label("message_kind"),
        message.c.direction,
        message.c.state,
        message.c.status,
        message.c.error_code,
    )
    about = alert.outerjoin(message, message.c.id == alert.c.message_id)
    waiting = (
        select(*columns)
        .select_from(about)
        .where(alert.c.resolved_at.is_(None))
        .order_by(_gravity(), alert.c.created_at, alert.c.id)
        .limit(SHOWN)
    )
    attended = about.join(alert_resolution, alert_resolution.c.alert_id == alert.c.id).join(
        operator, operator.c.id == alert_resolution.c.operator_id
    )
    resolved = (
        select(*columns, operator.c.username)
        .select_from(attended)
        .order_by(alert_resolution.c.created_at.desc())
        .limit(RECENT)
    )
    return AlertQueue(_rows(connection, waiting), open_alert_count(connection), _rows(connection, resolved))


class AlertCount(int):
    """How many alerts are open; `newest_urgent` is the number of the last one of danger among them, 0 for none."""

    newest_urgent: int

    def __new__(cls, count: int, newest_urgent: int = 0) -> AlertCount:
        """A count that is a number wherever one is wanted."""
        made = super().__new__(cls, count)
        made.newest_urgent = newest_urgent
        return made


def open_alert_count(connection: Connection) -> AlertCount:
    """How many alerts nobody has seen to."""
    urgent = func.max(alert.c.id).filter(alert.c.kind.in_(URGENT_ALERTS))
    count, newest = connection.execute(select(func.count(), urgent).where(alert.c.resolved_at.is_(None))).one()
    return AlertCount(count, newest or 0)


def resolve_alert(engine: Engine, alert_id: int, operator_id: int, now: datetime) -> bool:
    """Mark an alert as seen by this operator; False when there is none. The first to see it stays on record."""
    with engine.begin() as connection:
        wanted = select(alert.c.kind, alert.c.resident, alert.c.resolved_at).where(alert.c.id == alert_id)
        found = connection.execute(wanted.with_for_update()).first()
        if found is None:
            return False
        connection.execute(
            update(alert).where(alert.c.id == alert_id, alert.c.resolved_at.is_(None)).values(resolved_at=now)
        )
        connection.execute(
            upsert(alert_resolution)
            .values(alert_id=alert_id, operator_id=operator_id, created_at=now)
            .on_conflict_do_nothing()
        )
        if found.resolved_at is None:
            record(connection, operator_id, SEEN, found.resident, kind=found.kind)
    return True


def _rows(connection: Connection, query: Select[Any]) -> tuple[Row[Any], ...]:
    return tuple(connection.execute(query).all())


def _gravity() -> ColumnElement[int]:
    ranks = {kind: rank for rank, kind in enumerate(GRAVITY)}
    return case(ranks, value=alert.c.kind, else_=len(GRAVITY))
