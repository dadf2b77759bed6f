"""One resident's conversation as turns: what she wrote, what was understood and done, what went out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, or_, select

from latido.messaging.tables import message, resident

PAGE = 30
AFTER_THE_TARGET = 8

# Everything but the sealed content, which the console never reads.
_READ = tuple(column for column in message.c if column.name not in ("content_sealed", "choices_digest"))


@dataclass(frozen=True)
class ThreadTurn:
    """`head` is what began it: an inbound message, or one of ours that answers nothing."""

    head: Row[Any]
    replies: tuple[Row[Any], ...]


@dataclass(frozen=True)
class ThreadPage:
    """Turns, oldest first; `older` is where the page before begins, `at_end` whether nothing is newer."""

    turns: tuple[ThreadTurn, ...]
    older: int | None
    at_end: bool


def is_known(connection: Connection, key: str) -> bool:
    """Whether this resident has written to us."""
    return connection.execute(select(resident.c.key).where(resident.c.key == key)).first() is not None


def thread_page(connection: Connection, key: str, before: int | None) -> ThreadPage:
    """The last turns that began before `before` (a message id), or the very last."""
    heads = select(*_READ).where(_begins_a_turn(key)).order_by(message.c.id.desc()).limit(PAGE + 1)
    if before is not None:
        heads = heads.where(message.c.id < before)
    rows = connection.execute(heads).all()
    page = list(reversed(rows[:PAGE]))
    replies = _replies(connection, key, [row.id for row in page])
    turns = tuple(ThreadTurn(row, tuple(replies[row.id])) for row in page)
    older = page[0].id if len(rows) > PAGE else None
    return ThreadPage(turns, older, before is None or not _any_from(connection, key, before))


def page_with(connection: Connection, key: str, message_id: int) -> int | None:
    """The `before` of the page that shows this message with a few turns after it; None when that is the last."""
    after = (
        select(message.c.id)
        .where(_begins_a_turn(key), message.c.id > message_id)
        .order_by(message.c.id)
        .offset(AFTER_THE_TARGET)
        .limit(1)
    )
    row = connection.execute(after).first()
    return None if row is None else int(row.id)


def _begins_a_turn(key: str) -> ColumnElement[bool]:
    return (message.c.resident == key) & or_(message.c.direction == "in", message.c.answers_id.is_(None))


def _any_from(connection: Connection, key: str, first: int) -> bool:
    newer = select(message.c.id).where(message.c.resident == key, message.c.id >= first).limit(1)
    return connection.execute(newer).first() is not None


def _replies(connection: Connection, key: str, heads: Sequence[int]) -> dict[int, list[Row[Any]]]:
    found: dict[int, list[Row[Any]]] = defaultdict(list)
    if heads:
        replies = (
            select(*_READ)
            .where(message.c.resident == key, message.c.id > min(heads), message.c.answers_id.in_(heads))
            .order_by(message.c.id)
        )
        for row in connection.execute(replies):
            found[row.answers_id].append(row)
    return found
