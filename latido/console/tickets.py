"""Conversations that need a person or have one: the room, the card beside a thread, and what an operator does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, case, func, select

from latido.console.pace import URGENT_ALERTS, Pace, pace_of
from latido.console.reading import label
from latido.console.showing import may_be_shown, value_in_short
from latido.console.tables import operator
from latido.crypto import Vault
from latido.messaging.redaction import masked
from latido.messaging.tables import alert, message, resident, ticket, ticket_event
from latido.messaging.takeover import WINDOW, Takeover
from latido.messaging.tickets import is_live, opened_summary

SHOWN = 100
JOURNEY, QUESTION, DANGER, LANGUAGE = "journey", "question", "danger", "language"


@dataclass(frozen=True)
class Line:
    """One line of a summary, in words."""

    words: str
    value: str
    grave: bool = False


@dataclass(frozen=True)
class Note:
    """What one operator told the next when she passed the conversation on; `to` is nobody for the queue."""

    by: str
    to: str | None
    words: str
    at: datetime


@dataclass(frozen=True)
class Card:
    """What stands above a thread; `state` is None where nobody is asked for, `first_reply_at` where none came yet.

    `window_ends`: until when she can be written to; None when she never wrote.
    """

    state: str | None
    reasons: tuple[str, ...]
    since: datetime | None
    holder: str | None
    is_mine: bool
    lines: tuple[Line, ...]
    may_write: bool
    window_ends: datetime | None = None
    asked_at: datetime | None = None
    first_reply_at: datetime | None = None
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True)
class Request:
    """One line of the room."""

    resident: str
    state: str
    reasons: tuple[str, ...]
    wants: str
    since: datetime
    holder: str | None
    urgent: bool
    last_words: str
    unanswered_since: datetime | None
    window_ends: datetime | None = None
    no_reply_since: datetime | None = None


@dataclass(frozen=True)
class Requests:
    """The room: who waits, gravest and longest first, then who is being attended to and by whom."""

    waiting: tuple[Request, ...]
    taken: tuple[Request, ...]
    pace: Pace


def requests_of(connection: Connection, vault: Vault, now: datetime) -> Requests:
    """All live tickets, a hundred at most."""
    rows = connection.execute(_live_tickets().order_by(_urgent().desc(), ticket.c.created_at).limit(SHOWN)).all()
    found = [_request(row, vault) for row in rows]
    return Requests(
        waiting=tuple(one for one in found if one.state == "open"),
        taken=tuple(one for one in found if one.state == "taken"),
        pace=pace_of(connection, now),
    )


def card_of(connection: Connection, vault: Vault, key: str, operator_id: int, now: datetime) -> Card:
    """The card of one resident's conversation."""
    ends = Takeover(connection, vault, now).window_ends(key)
    may_write = ends is not None and now < ends
    row = connection.execute(_live_tickets().where(ticket.c.resident == key)).first()
    if row is None:
        return Card(None, (), None, None, False, (), may_write, ends)
    return Card(
        state=row.state,
        reasons=_reasons(row),
        since=row.taken_at if row.state == "taken" else row.created_at,
        holder=row.username,
        is_mine=row.operator_id == operator_id,
        lines=summary_in_words(opened_summary(vault, row.summary_sealed)),
        may_write=may_write,
        window_ends=ends,
        asked_at=row.created_at,
        first_reply_at=row.first_reply_at,
        notes=_notes(connection, vault, row.id),
    )


def authors_of(connection: Connection, message_ids: Sequence[int]) -> Mapping[int, str]:
    """Which operator wrote which of these messages."""
    wrote = (
        select(ticket_event.c.message_id, operator.c.username)
        .join(operator, operator.c.id == ticket_event.c.operator_id)
        .where(ticket_event.c.kind == "wrote", ticket_event.c.message_id.in_(message_ids))
    )
    return {row.message_id: row.username for row in connection.execute(wrote)}


def summary_in_words(lines: Sequence[Mapping[str, Any]]) -> tuple[Line, ...]:
    """The summary as an operator reads it, urgent signs first; nothing that names a person."""
    shown = [_line(str(one["label"]), one["value"]) for one in lines if may_be_shown(str(one["label"]))]
    return tuple(sorted(shown, key=lambda line: not line.grave))


def _line(name: str, value: Any) -> Line:
    if name == JOURNEY:
        return Line(label("summary", name), _journey(str(value)))
    if name == QUESTION:
        return Line(label("summary", name), label("slots", value))
    if name == DANGER:
        flags = value if isinstance(value, list) else [value]
        return Line(label("summary", name), ", ".join(label("flags", flag) for flag in flags), grave=True)
    if name == LANGUAGE:
        return Line(label("summary", name), label("languages", value))
    return Line(label("slots", name).capitalize(), value_in_short(value, label))


def _journey(name: str) -> str:
    form = label("forms", name)
    return (form if form != name else label("intents", name)).capitalize()


def _live_tickets() -> Any:
    last_in = _last_message("in")
    last_wrote = (
        select(func.max(ticket_event.c.created_at))
        .where(ticket_event.c.ticket_id == ticket.c.id, ticket_event.c.kind.in_(("wrote", "taken")))
        .scalar_subquery()
    )
    return (
        select(
            ticket,
            operator.c.username,
            _urgent().label("urgent"),
            message.c.text.label("last_text"),
            message.c.created_at.label("last_at"),
            last_wrote.label("last_wrote"),
            resident.c.last_inbound_at,
        )
        .join(resident, resident.c.key == ticket.c.resident)
        .outerjoin(operator, operator.c.id == ticket.c.operator_id)
        .outerjoin(message, message.c.id == last_in)
        .where(is_live())
    )


def _last_message(direction: str) -> Any:
    said = message.alias("said")
    newest = select(func.max(said.c.id)).where(said.c.resident == ticket.c.resident, said.c.direction == direction)
    return newest.scalar_subquery()


def _urgent() -> ColumnElement[int]:
    """An urgent alert before a loss, that before all else."""
    grave = (
        select(alert.c.id)
        .where(alert.c.resident == ticket.c.resident, alert.c.resolved_at.is_(None), alert.c.kind.in_(URGENT_ALERTS))
        .exists()
    )
    return case((grave, 2), (ticket.c.reasons.contains(["loss"]), 1), else_=0)


def _request(row: Row[Any], vault: Vault) -> Request:
    lines = opened_summary(vault, row.summary_sealed)
    wants = next((_journey(str(one["value"])) for one in lines if one["label"] == JOURNEY), "")
    unanswered = row.last_at if row.last_wrote and row.last_at and row.last_at > row.last_wrote else None
    return Request(
        resident=row.resident,
        state=row.state,
        reasons=_reasons(row),
        wants=wants,
        since=row.taken_at if row.state == "taken" else row.created_at,
        holder=row.username,
        urgent=row.urgent == 2,
        last_words=row.last_text or "",
        unanswered_since=unanswered if row.state == "taken" else None,
        window_ends=row.last_inbound_at + WINDOW if row.last_inbound_at else None,
        no_reply_since=row.created_at if row.first_reply_at is None else None,
    )


def _notes(connection: Connection, vault: Vault, ticket_id: int) -> tuple[Note, ...]:
    """What was told from one operator to the next, oldest first."""
    by, to = operator.alias("by"), operator.alias("to")
    passed = (
        select(by.c.username, to.c.username.label("to"), ticket_event.c.note_sealed, ticket_event.c.created_at)
        .join(by, by.c.id == ticket_event.c.operator_id)
        .outerjoin(to, to.c.id == ticket_event.c.to_operator_id)
        .where(ticket_event.c.ticket_id == ticket_id, ticket_event.c.kind.in_(("handed_over", "given_back")))
        .order_by(ticket_event.c.id)
    )
    return tuple(
        Note(row.username, row.to, masked(vault.open(row.note_sealed)) if row.note_sealed else "", row.created_at)
        for row in connection.execute(passed)
        if row.note_sealed or row.to
    )


def _reasons(row: Row[Any]) -> tuple[str, ...]:
    return tuple(label("tickets", reason) for reason in row.reasons)
