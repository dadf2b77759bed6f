"""How fast residents who need a person get one: ages of what waits, and the time to a person's first words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select

from latido.messaging.tables import alert, ticket

URGENT_ALERTS = ("danger", "self_harm", "violence")
SPAN = timedelta(hours=24)


@dataclass(frozen=True)
class Pace:
    """Of the last 24 hours: how many were answered by a person, and within what time half of them.

    `urgent`: alerts of danger that nobody has seen, `urgent_since` the first; `waiting_since`: who waits longest.
    """

    urgent: int
    urgent_since: datetime | None
    waiting_since: datetime | None
    answered: int
    median: timedelta | None


def pace_of(connection: Connection, now: datetime) -> Pace:
    """The figures above the queues."""
    unseen = (alert.c.kind.in_(URGENT_ALERTS), alert.c.resolved_at.is_(None))
    urgent, since = connection.execute(select(func.count(), func.min(alert.c.created_at)).where(*unseen)).one()
    longest = connection.execute(select(func.min(ticket.c.created_at)).where(ticket.c.state == "open")).scalar()
    took = ticket.c.first_reply_at - ticket.c.created_at
    half = func.percentile_disc(0.5).within_group(took)
    # Who took a conversation that nobody had asked for did not let anybody wait.
    asked = (ticket.c.first_reply_at > now - SPAN, ticket.c.reasons[1] != "operator")
    answered, median = connection.execute(select(func.count(), half).where(*asked)).one()
    return Pace(int(urgent), since, longest, int(answered), median)
