"""What is true now of residents, as far as campaigns depend on it: for many at once, or for one at the last moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, case, func, or_, select

from latido.campaigns.parts import Campaigns
from latido.campaigns.places import area_of
from latido.campaigns.rules.segment import PEDIATRIC, PRENATAL, Facts, Person, Segment, Wish
from latido.campaigns.standing import centers_by_person, is_one_of
from latido.campaigns.tables import recipient
from latido.care.people.pregnancies import PregnancyRecord, pregnancies_of
from latido.care.people.record import PersonRecord, people_of
from latido.care.places.geometry import Point
from latido.care.residents import CONTENT, REMINDERS
from latido.care.services import BUENOS_AIRES
from latido.care.tables import consents, resident_places, silences
from latido.messaging.tables import danger_follow_up, ticket
from latido.messaging.tables import resident as residents_table
from latido.reminders.tables import reminder

UNASKED = ("book", "book_again", "tell", "offer", "tip")
Whose = tuple[str, str]
"""A resident and the role of one of her people."""


@dataclass(frozen=True)
class _Batch:
    """What was read for some residents, by resident, or by resident and role."""

    rows: Sequence[Row[Any]]
    consents: Mapping[str, Mapping[str, bool]]
    people: Mapping[str, list[PersonRecord]]
    pregnancies: Mapping[str, list[PregnancyRecord]]
    reminded: Mapping[str, datetime]
    noticed: Mapping[str, datetime]
    overdue: frozenset[Whose]
    centers: Mapping[Whose, frozenset[int]]


def facts_of(
    campaigns: Campaigns,
    connection: Connection,
    keys: Sequence[str],
    segment: Segment,
    campaign_id: int = 0,
    centers: Mapping[Whose, frozenset[int]] | None = None,
) -> list[Facts]:
    """Of each of these residents, in the order of their keys; HealthServiceUnavailable where a centre is asked for.

    `campaign_id`: the campaign that asks; what it said itself is no other notice. `centers`: where their appointments
    are, if that was read already.
    """
    care = campaigns.care
    batch = _Batch(
        rows=_rows(connection, keys),
        consents=_consents(connection, keys),
        people=people_of(connection, care.vault, keys),
        pregnancies=pregnancies_of(connection, care.vault, keys),
        reminded=_reminded(campaigns, connection, keys),
        noticed=_noticed(connection, keys, campaign_id),
        overdue=_overdue(connection, keys) if segment.overdue else frozenset(),
        centers=_centers(campaigns, connection, keys, segment) if centers is None else centers,
    )
    return [_facts(campaigns, batch, row) for row in batch.rows]


def _centers(
    campaigns: Campaigns, connection: Connection, keys: Sequence[str], segment: Segment
) -> Mapping[Whose, frozenset[int]]:
    return centers_by_person(campaigns.care, connection, keys) if segment.centers else {}


def _rows(connection: Connection, keys: Sequence[str]) -> Sequence[Row[Any]]:
    """One row a resident: reachable, silent, in whose hands, and where."""
    key = residents_table.c.key
    taken = select(ticket.c.resident).where(ticket.c.resident == key, ticket.c.state.in_(("open", "taken")))
    danger = select(danger_follow_up.c.resident).where(
        danger_follow_up.c.resident == key, danger_follow_up.c.state == "waiting"
    )
    query = (
        select(
            key,
            residents_table.c.unreachable_since,
            silences.c.since.label("silent_since"),
            resident_places.c.latitude,
            resident_places.c.longitude,
            taken.exists().label("with_person"),
            danger.exists().label("in_danger"),
        )
        .outerjoin(silences, silences.c.resident == key)
        .outerjoin(resident_places, resident_places.c.resident == key)
        .where(is_one_of(key, keys))
        .order_by(key)
    )
    return connection.execute(query).all()


def _consents(connection: Connection, keys: Sequence[str]) -> dict[str, dict[str, bool]]:
    """By scope, whether what she once gave stands; a scope she never gave is missing."""
    query = (
        select(consents.c.resident, consents.c.scope, func.bool_or(consents.c.withdrawn_at.is_(None)).label("stands"))
        .where(is_one_of(consents.c.resident, keys), consents.c.scope.in_((REMINDERS, CONTENT)))
        .group_by(consents.c.resident, consents.c.scope)
    )
    found: dict[str, dict[str, bool]] = {}
    for row in connection.execute(query):
        found.setdefault(row.resident, {})[row.scope] = row.stands
    return found


def _reminded(campaigns: Campaigns, connection: Connection, keys: Sequence[str]) -> dict[str, datetime]:
    """When a reminder nobody asked for was last said, or will be within its distance."""
    now, gap = campaigns.care.now(), campaigns.policy.reminder_gap
    said = and_(reminder.c.state.in_(("queued", "sent")), reminder.c.changed_at > now - gap)
    coming = and_(
        reminder.c.state.in_(("pending", "claimed")), reminder.c.due_at <= now + gap, reminder.c.not_after > now
    )
    when = case((reminder.c.state.in_(("queued", "sent")), reminder.c.changed_at), else_=reminder.c.due_at)
    query = (
        select(reminder.c.resident, func.max(when).label("at"))
        .where(is_one_of(reminder.c.resident, keys), reminder.c.name.in_(UNASKED), or_(said, coming))
        .group_by(reminder.c.resident)
    )
    return {row.resident: row.at for row in connection.execute(query)}


def _noticed(connection: Connection, keys: Sequence[str], campaign_id: int) -> dict[str, datetime]:
    """When another campaign last wrote to her, or is about to."""
    query = (
        select(recipient.c.resident, func.max(recipient.c.changed_at).label("at"))
        .where(
            is_one_of(recipient.c.resident, keys),
            recipient.c.campaign_id != campaign_id,
            recipient.c.state.in_(("queued", "sent")),
        )
        .group_by(recipient.c.resident)
    )
    return {row.resident: row.at for row in connection.execute(query)}


def _overdue(connection: Connection, keys: Sequence[str]) -> frozenset[Whose]:
    """On the operators' list, or asked to book a check-up that is due and still planned as not booked."""
    other = reminder.alias("asked")
    was_asked = (
        select(other.c.id)
        .where(
            other.c.resident == reminder.c.resident,
            other.c.group_key == reminder.c.group_key,
            other.c.name.in_(("book", "book_again", "offer")),
            other.c.state == "sent",
        )
        .exists()
    )
    listed = reminder.c.state == "listed"
    unbooked = and_(reminder.c.state == "pending", was_asked)
    query = select(reminder.c.resident, reminder.c.role).where(
        is_one_of(reminder.c.resident, keys), reminder.c.name == "overdue", or_(listed, unbooked)
    )
    return frozenset((row.resident, row.role) for row in connection.execute(query))


def _facts(campaigns: Campaigns, batch: _Batch, row: Row[Any]) -> Facts:
    given = batch.consents.get(row.key, {})
    people, pregnancies = batch.people.get(row.key, []), batch.pregnancies.get(row.key, [])
    area = area_of(campaigns.care.directory, Point(row.latitude, row.longitude)) if row.latitude is not None else None
    return Facts(
        resident=row.key,
        reminders=_wish(given.get(REMINDERS)),
        content=given.get(CONTENT) is True,
        is_silent=row.silent_since is not None,
        is_unreachable=row.unreachable_since is not None,
        lost_at=_lost_at(people, pregnancies),
        noticed_at=batch.noticed.get(row.key),
        reminded_at=batch.reminded.get(row.key),
        with_person=row.with_person,
        in_danger=row.in_danger,
        neighbourhood=area.slug if area else None,
        commune=area.commune if area else None,
        people=tuple(_people(campaigns, batch, row.key, people, pregnancies)),
    )


def _wish(stands: bool | None) -> Wish:
    return "never" if stands is None else "yes" if stands else "withdrawn"


def _lost_at(people: Sequence[PersonRecord], pregnancies: Sequence[PregnancyRecord]) -> datetime | None:
    """When she last told of a loss: of a child always; of a pregnancy unless one that began later goes on.

    A pregnancy that ended for a reason nobody kept counts as lost.
    """
    children = [each.changed_at for each in people if each.state == "stopped" and each.changed_at]
    begun = max((each.began_at for each in pregnancies if each.is_ongoing), default=None)
    ended = [each.ended_at for each in pregnancies if each.ended_at is not None and each.why != "birth"]
    lost = [moment for moment in ended if begun is None or begun <= moment]
    return max([*children, *lost], default=None)


def _people(
    campaigns: Campaigns,
    batch: _Batch,
    key: str,
    people: Sequence[PersonRecord],
    pregnancies: Sequence[PregnancyRecord],
) -> list[Person]:
    today = campaigns.care.now().astimezone(BUENOS_AIRES).date()
    ages = {each.role: each.age for each in pregnancies if each.is_ongoing}
    found = []
    for person in (each for each in people if each.is_live):
        age = ages.get(person.role)
        found.append(
            Person(
                role=person.role,
                service=PEDIATRIC if person.kind == "child" else PRENATAL,
                weeks=(age.earliest_on(today), age.latest_on(today)) if age else None,
                birth_date=person.birth_date,
                is_overdue=(key, person.role) in batch.overdue,
                centers=batch.centers.get((key, person.role), frozenset()),
            )
        )
    return found
