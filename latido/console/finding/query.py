"""The question to Postgres behind the filters: which conversations, newest activity first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Text, and_, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from latido.console.finding.filters import BY_REMINDER, Filters
from latido.console.finding.passage import Meant
from latido.console.finding.search import words_wanted
from latido.console.finding.source import FollowedUp
from latido.console.finding.tables import conversation, days
from latido.console.review.tables import review
from latido.console.showing import BUENOS_AIRES
from latido.messaging.remarks import tags
from latido.messaging.tables import alert, message

A_DAY = timedelta(days=1)
COUNTED_TO = 1000
URGENT_KINDS = ("danger", "self_harm", "violence", "wants_person", "rights", "set_aside")


def matching(filters: Filters, wanted: Sequence[Meant], followed_up: FollowedUp) -> Select[tuple[str, int]]:
    """Key and last message of each conversation that the filters let through, without an order.

    `wanted` is what the words of the filters mean, by `meant_by`.
    """
    query = select(conversation.c.resident, conversation.c.last_message_id).where(
        *_of_conversation(filters, followed_up)
    )
    if filters.needs_index:
        query = query.where(conversation.c.resident.in_(select(days.c.resident).where(and_(*of_day(filters, wanted)))))
    return query


def count_of(connection: Connection, wanted: Select[tuple[str, int]]) -> int:
    """How many there are; not counted further than one more than COUNTED_TO."""
    some = wanted.order_by(None).limit(COUNTED_TO + 1).subquery()
    return int(connection.execute(select(func.count()).select_from(some)).scalar_one())


def _of_conversation(filters: Filters, followed_up: FollowedUp) -> list[ColumnElement[bool]]:
    mine = conversation.c.resident
    found: list[ColumnElement[bool]] = []
    if filters.filter == "urgent":
        open_now = (alert.c.resolved_at.is_(None), alert.c.kind.in_(URGENT_KINDS))
        found.append(mine.in_(select(alert.c.resident).where(*open_now)))
    if filters.tag:
        found.append(mine.in_(select(tags.c.resident).where(tags.c.tag == filters.tag)))
    if filters.reminder in BY_REMINDER:
        after = filters.until + A_DAY if filters.until else None
        found.append(mine.in_(followed_up(filters.reminder, _begins(filters.since), _begins(after))))
    if filters.review:
        reviewed = select(message.c.resident).join(review, review.c.message_id == message.c.id)
        found.append(mine.in_(reviewed.where(review.c.state == filters.review)))
    return found


def _begins(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), BUENOS_AIRES) if day else None


def of_day(filters: Filters, wanted: Sequence[Meant]) -> list[ColumnElement[bool]]:
    """What has to be true of a day of a conversation, all of it."""
    conditions: list[ColumnElement[bool]] = []
    if filters.facts:
        conditions.append(days.c.facts.contains(_texts(filters.facts)))
    conditions += [days.c.facts.overlap(_texts(group)) for group in filters.any_of]
    if filters.q:
        conditions.append(days.c.words.op("@@")(words_wanted(wanted)))
    if filters.since:
        conditions.append(days.c.day >= filters.since)
    if filters.until:
        conditions.append(days.c.day <= filters.until)
    return conditions


def _texts(values: tuple[str, ...]) -> ColumnElement[Any]:
    return cast(list(values), ARRAY(Text))
