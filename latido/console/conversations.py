"""The list of conversations: last activity first, a page at a time, from the message log alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, func, select

from latido.messaging.tables import alert, message, resident

PAGE = 30
URGENT_KINDS = ("danger", "self_harm", "violence", "wants_person", "rights", "set_aside")
Filter = Literal["urgent", "not_understood", "set_aside"]
FILTERS: tuple[str, ...] = get_args(Filter)


@dataclass(frozen=True)
class Conversation:
    """One line of the list; `last` is a row of the message log."""

    resident: str
    last: Row[Any]
    waiting_since: datetime | None
    active_form: str | None
    open_alerts: tuple[str, ...]


@dataclass(frozen=True)
class ConversationPage:
    """One page; `older` is where the next one begins, None at the end."""

    conversations: tuple[Conversation, ...]
    older: int | None


def conversation_page(connection: Connection, wanted: str | None, before: int | None) -> ConversationPage:
    """The conversations whose last message is older than `before` (a message id), newest first."""
    last = _last_messages(wanted).limit(PAGE + 1)
    if before is not None:
        last = last.where(message.c.id < before)
    rows = connection.execute(last).all()
    page = rows[:PAGE]
    return ConversationPage(_with_states(connection, page), page[-1].id if len(rows) > PAGE else None)


def conversation_batches(connection: Connection, wanted: str | None, size: int) -> Iterator[tuple[Conversation, ...]]:
    """All of them, newest first, `size` at a time from a cursor of the server: memory holds no more."""
    for rows in connection.execution_options(yield_per=size).execute(_last_messages(wanted)).partitions():
        yield _with_states(connection, rows)


def _last_messages(wanted: str | None) -> Select[Any]:
    last = select(*_SHOWN).where(~_later_message()).order_by(message.c.id.desc())
    return last if wanted is None else last.where(_condition(wanted))


_SHOWN: tuple[ColumnElement[Any], ...] = (
    message.c.id,
    message.c.resident,
    message.c.direction,
    message.c.kind,
    message.c.state,
    message.c.status,
    message.c.error_code,
    message.c.text,
    message.c.created_at,
)


def _later_message() -> ColumnElement[bool]:
    later = message.alias("later")
    return select(later.c.id).where(later.c.resident == message.c.resident, later.c.id > message.c.id).exists()


def _condition(wanted: str) -> ColumnElement[bool]:
    one = message.alias("one")
    if wanted == "urgent":
        return message.c.resident.in_(
            select(alert.c.resident).where(alert.c.resolved_at.is_(None), alert.c.kind.in_(URGENT_KINDS))
        )
    sign = one.c.state == "set_aside" if wanted == "set_aside" else one.c.flags.contains(["not_understood"])
    return select(one.c.id).where(and_(one.c.resident == message.c.resident, sign)).exists()


def _with_states(connection: Connection, rows: Sequence[Row[Any]]) -> tuple[Conversation, ...]:
    waiting = (
        select(func.min(message.c.created_at))
        .where(message.c.resident == resident.c.key, message.c.state == "received")
        .scalar_subquery()
    )
    form = (
        select(message.c.active_form)
        .where(message.c.resident == resident.c.key, message.c.state == "answered")
        .order_by(message.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    alerts = (
        select(func.array_agg(alert.c.kind.distinct()))
        .where(alert.c.resident == resident.c.key, alert.c.resolved_at.is_(None))
        .scalar_subquery()
    )
    keys = [row.resident for row in rows]
    found = connection.execute(select(resident.c.key, waiting, form, alerts).where(resident.c.key.in_(keys)))
    states = {key: (since, active, tuple(sorted(kinds or ()))) for key, since, active, kinds in found}
    return tuple(Conversation(row.resident, row, *states[row.resident]) for row in rows)
