"""Counting a segment before anybody is written to: how many belong to it, and how many of these may be written to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, select

from latido.campaigns.knowing import facts_of
from latido.campaigns.parts import Campaigns
from latido.campaigns.rules.deciding import never, not_now
from latido.campaigns.rules.segment import Facts, Match, Segment, match
from latido.care.services import BUENOS_AIRES
from latido.messaging.tables import resident


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
    for keys in _batches(connection, campaigns.limits.batch):
        for facts in facts_of(campaigns, connection, keys, segment, campaign_id):
            found = match(segment, facts, today_of(campaigns), campaigns.policy.weeks_known_within)
            if found is not None:
                yield facts, found


def today_of(campaigns: Campaigns) -> date:
    """The local day."""
    return campaigns.care.now().astimezone(BUENOS_AIRES).date()


def _batches(connection: Connection, size: int) -> Iterator[Sequence[str]]:
    last = ""
    while True:
        query = select(resident.c.key).where(resident.c.key > last).order_by(resident.c.key).limit(size)
        keys = connection.execute(query).scalars().all()
        if not keys:
            return
        yield keys
        last = keys[-1]
