"""What is counted from the message log: conversations, what was not understood, danger, opt-outs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from latido.care.residents import REMINDERS
from latido.care.tables import consents
from latido.indicators.rules.figures import Figure, measured
from latido.messaging.tables import alert, message, ticket

# As WhatsApp has it: who writes again after a day begins anew.
PAUSE = timedelta(hours=24)
URGENT = ("danger", "self_harm", "violence")


def conversations(connection: Connection, start: datetime, end: datetime) -> list[Figure]:
    """How often somebody wrote after a pause of 24 hours or more."""
    begun = select(func.count()).select_from(_beginnings(start, end).subquery())
    count = int(connection.execute(begun).scalar_one())
    return [Figure("", count, count)]


def without_person(connection: Connection, start: datetime, end: datetime) -> list[Figure]:
    """Conversations of the month in which no request for a person was opened."""
    begun = _beginnings(start, end).subquery()
    following = func.lead(begun.c.created_at).over(partition_by=begun.c.resident, order_by=begun.c.created_at)
    spans = select(begun.c.resident, begun.c.created_at, following.label("until")).subquery()
    asked = and_(
        ticket.c.resident == spans.c.resident,
        ticket.c.created_at >= spans.c.created_at,
        or_(spans.c.until.is_(None), ticket.c.created_at < spans.c.until),
    )
    needed = select(spans.c.resident, spans.c.created_at).join(ticket, asked).distinct().subquery()
    counts = select(*(select(func.count()).select_from(each).scalar_subquery() for each in (spans, needed)))
    of, with_person = connection.execute(counts).one()
    return [Figure("", of, of - with_person)]


def not_understood(connection: Connection, start: datetime, end: datetime) -> list[Figure]:
    """Written messages that were not understood, of all that were written."""
    written = (*_received(start, end), message.c.kind == "text", message.c.state == "answered")
    missed = func.count().filter(message.c.flags.contains(["not_understood"]))
    of, hits = connection.execute(select(func.count(), missed).where(*written)).one()
    return [Figure("", of, hits)]


def danger_answered(connection: Connection, start: datetime, end: datetime) -> list[Figure]:
    """Minutes from an urgent message to the first answer that WhatsApp took."""
    answer = message.alias("answer")
    # By resident and from there on: what the log has an index for.
    hers = (answer.c.resident == message.c.resident, answer.c.id > message.c.id, answer.c.answers_id == message.c.id)
    first = select(func.min(answer.c.handed_over_at)).where(*hers).scalar_subquery()
    query = select(message.c.created_at, first).where(*_received(start, end), message.c.urgent)
    return [measured("", _minutes(connection.execute(query).all()))]


def danger_to_person(connection: Connection, start: datetime, end: datetime) -> list[Figure]:
    """Minutes from an urgent alert until somebody of the team saw to it."""
    query = select(alert.c.created_at, alert.c.resolved_at).where(*_urgent(start, end))
    return [measured("", _minutes(connection.execute(query).all()))]


def danger_not_seen(connection: Connection, start: datetime, end: datetime) -> list[Figure]:
    """Urgent alerts that nobody has seen to yet."""
    unseen = func.count().filter(alert.c.resolved_at.is_(None))
    of, hits = connection.execute(select(func.count(), unseen).where(*_urgent(start, end))).one()
    return [Figure("", of, hits)]


def opted_out(connection: Connection, start: datetime, end: datetime) -> list[Figure]:
    """Residents who withdrew their consent to reminders in the month, of those who had given it at some time in it."""
    had = (
        consents.c.scope == REMINDERS,
        consents.c.given_at < end,
        or_(consents.c.withdrawn_at.is_(None), consents.c.withdrawn_at >= start),
    )
    left = and_(consents.c.withdrawn_at >= start, consents.c.withdrawn_at < end)
    whom = func.count(consents.c.resident.distinct())
    of, hits = connection.execute(select(whom, whom.filter(left)).where(*had)).one()
    return [Figure("", of, hits)]


def _received(start: datetime, end: datetime) -> tuple[ColumnElement[bool], ...]:
    return message.c.direction == "in", message.c.created_at >= start, message.c.created_at < end


def _urgent(start: datetime, end: datetime) -> tuple[ColumnElement[bool], ...]:
    return alert.c.kind.in_(URGENT), alert.c.created_at >= start, alert.c.created_at < end


def _beginnings(start: datetime, end: datetime) -> Select[tuple[str, datetime]]:
    """The messages that began a conversation: the residents and the moments."""
    earlier = func.lag(message.c.created_at).over(partition_by=message.c.resident, order_by=message.c.id)
    # One pause further back: whoever wrote just before the month began did not begin anew in it.
    near = select(message.c.resident, message.c.created_at, earlier.label("earlier")).where(
        *_received(start - PAUSE, end)
    )
    each = near.subquery()
    anew = or_(each.c.earlier.is_(None), each.c.created_at - each.c.earlier >= PAUSE)
    return select(each.c.resident, each.c.created_at).where(each.c.created_at >= start, anew)


def _minutes(spans: Sequence[tuple[datetime, datetime | None]]) -> list[float]:
    return [(until - since).total_seconds() / 60 for since, until in spans if until is not None]
