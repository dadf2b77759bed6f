"""Which message is next for each of several residents, with all that its turn or its sending has to know."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Row,
    Select,
    String,
    and_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    true,
)

from latido.messaging.reminded import ONE, last_said
from latido.messaging.tables import message, message_template, resident, ticket
from latido.messaging.tickets import is_live

IN_HAND = ("queued", "sending", "unknown")
# Of a message in either direction, and of its resident.
BOTH = ("id", "resident", "kind", "state", "content_sealed", "attempts", "attempted_at")
OF_HER = ("address_sealed", "last_inbound_at", "window_shut_at")


def next_inbound(connection: Connection, residents: Sequence[str]) -> dict[str, Row[Any]]:
    """The oldest message of each that waits for its turn.

    Beside what of it is needed: `address_sealed`, `last_inbound_at`, `window_shut_at`, `profile_name_sealed`,
    `delay_told_at`, `ticket` (its live state), `reminded` (the reminder
    that was the last thing said to her), `unasked` (whether that was no answer) and, as
    `last_…`, what was queued for her last.
    """
    return {row.resident: row for row in connection.execute(_inbound(), {"residents": list(residents)})}


def next_outbound(connection: Connection, residents: Sequence[str]) -> dict[str, Row[Any]]:
    """The message of each that may be sent now: replies before reminders, and these before campaigns."""
    return {row.resident: row for row in connection.execute(_outbound(), {"residents": list(residents)})}


# Both statements are made once: to put one together takes SQLAlchemy longer than Postgres takes to run it. The states
# stand in their text, so that the plan Postgres makes once finds them in the indexes of open messages.
@cache
def _inbound() -> Select[Any]:
    who = _those()
    of_hers = message.c.resident == who.c.key
    columns = (message.c[name] for name in (*BOTH, "provider_sid", "created_at"))
    received = message.c.state == literal_column("'received'")
    first = select(*columns).where(of_hers, received).order_by(message.c.id).limit(ONE).lateral("first")
    beside = (resident.c[name] for name in (*OF_HER, "profile_name_sealed", "delay_told_at"))
    waiting = (
        select(first, *beside)
        .select_from(who)
        .join(first, true())
        .join(resident, resident.c.key == who.c.key)
        .subquery("waiting")
    )
    last, said = _last_queued(waiting), last_said(waiting.c.resident, waiting.c.id).lateral("said")
    unasked = and_(said.c.id.is_not(None), said.c.answers_id.is_(None))
    live = select(ticket.c.state).where(ticket.c.resident == waiting.c.resident, is_live()).scalar_subquery()
    found: Select[Any] = (
        select(waiting, live.label("ticket"), said.c.reminder_id.label("reminded"), unasked.label("unasked"))
        .add_columns(*(column.label(f"last_{column.name}") for column in last.c))
        .select_from(waiting.outerjoin(last, true()).outerjoin(said, true()))
    )
    return found


@cache
def _outbound() -> Select[Any]:
    who = _those()
    columns = (*BOTH, "sent_as", "answers_id", "reminder_id", "campaign_recipient_id")
    in_hand: list[ColumnElement[str]] = [literal_column(f"'{state}'") for state in IN_HAND]
    due_now = or_(message.c.not_before.is_(None), message.c.not_before <= func.now())
    first = (
        select(*(message.c[name] for name in columns))
        .where(message.c.resident == who.c.key, message.c.state.in_(in_hand), due_now)
        .order_by(message.c.campaign_recipient_id.is_not(None), message.c.reminder_id.is_not(None), message.c.id)
        .limit(ONE)
        .lateral("first")
    )
    answered = message.alias("answered")
    beside = (
        *(resident.c[name] for name in (*OF_HER, "unreachable_code")),
        answered.c.provider_sid.label("answers_sid"),
        answered.c.created_at.label("asked_at"),
    )
    found: Select[Any] = (
        select(first, *beside)
        .select_from(who)
        .join(first, true())
        .join(resident, resident.c.key == who.c.key)
        .outerjoin(answered, answered.c.id == first.c.answers_id)
    )
    return found


def _those() -> Any:
    return func.unnest(bindparam("residents", type_=ARRAY(String))).table_valued("key", name="who").render_derived()


def _last_queued(waiting: Any) -> Any:
    """What was queued for her last before this message, and the template as which it went, if it did."""
    columns = (message.c.kind, message.c.content_sealed, message.c.reminder_id, message.c.campaign_recipient_id)
    queued: Select[Any] = select(*columns, message_template.c.definition).outerjoin(
        message_template, message_template.c.content_name == message.c.sent_as
    )
    return (
        queued.where(
            message.c.resident == waiting.c.resident, message.c.direction == "out", message.c.id < waiting.c.id
        )
        .order_by(message.c.id.desc())
        .limit(ONE)
        .lateral("last")
    )
