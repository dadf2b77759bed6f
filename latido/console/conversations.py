"""The list of conversations: last activity first, a page at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, select

from latido.console.finding.filters import Filters
from latido.console.finding.query import matching
from latido.console.finding.search import meant_by
from latido.console.finding.source import FollowedUp
from latido.console.finding.tables import conversation
from latido.messaging.remarks import tags
from latido.messaging.tables import alert, message, resident

PAGE = 30


@dataclass(frozen=True)
class Conversation:
    """One line of the list; `last` is a row of the message log."""

    resident: str
    last: Row[Any]
    waiting_since: datetime | None
    active_form: str | None
    open_alerts: tuple[str, ...]
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class ConversationPage:
    """One page; `older` is where the next one begins, None at the end."""

    conversations: tuple[Conversation, ...]
    older: int | None


def conversation_page(connection: Connection, wanted: Select[tuple[str, int]], before: int | None) -> ConversationPage:
    """Those `wanted` (by `matching`) whose last message is older than `before` (a message id), newest first."""
    rows = connection.execute(_last_messages(wanted, before, PAGE + 1)).all()
    page = rows[:PAGE]
    return ConversationPage(_with_states(connection, page), page[-1].id if len(rows) > PAGE else None)


def conversation_batches(
    connection: Connection, filters: Filters, size: int, followed_up: FollowedUp
) -> Iterator[tuple[Conversation, ...]]:
    """All of them, newest first, `size` at a time from a cursor of the server: memory holds no more."""
    everything = _last_messages(matching(filters, meant_by(connection, filters.q), followed_up), None)
    for rows in connection.execution_options(yield_per=size).execute(everything).partitions():
        yield _with_states(connection, rows)


def _last_messages(wanted: Select[tuple[str, int]], before: int | None, most: int | None = None) -> Select[Any]:
    older = wanted if before is None else wanted.where(conversation.c.last_message_id < before)
    # Cut before the join: else Postgres may walk all messages from the newest on to where an older page begins.
    found = older.order_by(conversation.c.last_message_id.desc()).limit(most).subquery("found")
    return select(*_SHOWN).join(found, found.c.last_message_id == message.c.id).order_by(found.c.last_message_id.desc())


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
    words = select(func.array_agg(tags.c.tag)).where(tags.c.resident == resident.c.key).scalar_subquery()
    keys = [row.resident for row in rows]
    found = connection.execute(select(resident.c.key, waiting, form, alerts, words).where(resident.c.key.in_(keys)))
    states = {
        key: (since, active, tuple(sorted(kinds or ())), tuple(sorted(tagged or ())))
        for key, since, active, kinds, tagged in found
    }
    return tuple(Conversation(row.resident, row, *states[row.resident]) for row in rows)
