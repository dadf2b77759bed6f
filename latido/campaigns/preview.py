"""Counting a segment before anybody is written to: how many belong to it, and how many of these may be written to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Connection, and_, exists, or_, select, true

from latido.campaigns.knowing import facts_of
from latido.campaigns.parts import Campaigns
from latido.campaigns.rules.deciding import never, not_now
from latido.campaigns.rules.segment import Facts, Match, Segment, match
from latido.care.people.tables import people, pregnancies
from latido.care.services import BUENOS_AIRES
from latido.care.tables import bookings, resident_places
from latido.messaging.tables import resident
from latido.reminders.tables import reminder

NOT_OVER = ("pending", "listed")


@dataclass(frozen=True)
class Preview:
    """Counts alone. `why_not`: of those who belong to it, why so many may not be written to.

    `later`: of those who may be, how many wait a while because something was said to them, or is about to be.
    """

    belong: int
    may: int
    later: int
    why_not: dict[str, int]

    def as_json(self) -> dict[str, object]:
        """For the table."""
        return {"belong": self.belong, "may": self.may, "later": self.later, "why_not": self.why_not}


def count(campaigns: Campaigns, segment: Segment, needs_content: bool) -> Preview:
    """The counts of a segment as things are now. HealthServiceUnavailable where a centre is asked for."""
    now, policy = campaigns.care.now(), campaigns.policy
    belong = later = 0
    why_not: Counter[str] = Counter()
    with campaigns.care.engine.connect() as connection:
        for facts, _ in belonging(campaigns, connection, segment):
            belong += 1
            reason = never(facts, needs_content, policy, now)
            if reason is not None:
                why_not[reason] += 1
            else:
                later += not_now(facts, policy, now) is not None
    may = belong - sum(why_not.values())
    return Preview(belong, may, later, dict(why_not))


def belonging(
    campaigns: Campaigns, connection: Connection, segment: Segment, campaign_id: int = 0
) -> Iterator[tuple[Facts, Match]]:
    """Everybody who belongs to a segment now, and by whom of her people; in the order of their keys."""
    for keys in _batches(connection, _likely(segment), campaigns.limits.batch):
        for facts in facts_of(campaigns, connection, keys, segment, campaign_id):
            found = match(segment, facts, today_of(campaigns), campaigns.policy.weeks_known_within)
            if found is not None:
                yield facts, found


def today_of(campaigns: Campaigns) -> date:
    """The local day."""
    return campaigns.care.now().astimezone(BUENOS_AIRES).date()


def _likely(segment: Segment) -> list[ColumnElement[bool]]:
    """What must hold at least, by what is not sealed: most residents need not be opened to leave them out."""
    key = resident.c.key
    lives = exists().where(resident_places.c.resident == key)
    expects = exists().where(pregnancies.c.resident == key, pregnancies.c.state == "ongoing")
    has_child = exists().where(people.c.resident == key, people.c.kind == "child", people.c.state == "live")
    is_late = exists().where(reminder.c.resident == key, reminder.c.name == "overdue", reminder.c.state.in_(NOT_OVER))
    comes = exists().where(bookings.c.resident == key, bookings.c.state == "booked")
    ages = [*([expects] if segment.weeks else []), *([has_child] if segment.months else [])]
    asked = [
        (lives, bool(segment.neighbourhoods or segment.communes)),
        (or_(*ages) if segment.either and ages else and_(true(), *ages), bool(ages)),
        (is_late, segment.overdue),
        (comes, bool(segment.centers)),
    ]
    return [condition for condition, is_asked in asked if is_asked]


def _batches(connection: Connection, likely: Sequence[ColumnElement[bool]], size: int) -> Iterator[Sequence[str]]:
    last = ""
    while True:
        query = select(resident.c.key).where(resident.c.key > last, *likely).order_by(resident.c.key).limit(size)
        keys = connection.execute(query).scalars().all()
        if not keys:
            return
        yield keys
        last = keys[-1]
