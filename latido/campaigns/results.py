"""What came of a campaign: from the message log, her answers, and what she did in the days after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, distinct, func, select

from latido.campaigns.parts import Campaigns
from latido.campaigns.tables import recipient
from latido.care.residents import REMINDERS
from latido.care.tables import bookings, consents
from latido.messaging.tables import message

ANSWERED_WITHIN = timedelta(days=2)


@dataclass(frozen=True)
class Results:
    """Counts alone. `chosen`: on the list; `waiting`: still to be written to; `left_out`: by why they were.

    `answered`: who wrote or tapped within two days; `booked`, `opted_out`: who did within the policy's days.
    """

    chosen: int
    waiting: int
    sent: int
    failed: int
    left_out: dict[str, int]
    delivered: int
    read: int
    answered: int
    booked: int
    opted_out: int

    @property
    def done(self) -> int:
        """How many of the list are settled, one way or the other."""
        return self.chosen - self.waiting


def results_of(campaigns: Campaigns, connection: Connection, campaign_id: int) -> Results:
    """The counts as things are now."""
    mine = recipient.c.campaign_id == campaign_id
    states = _by(connection, recipient.c.state, mine)
    sent, delivered, read, failed = _of_messages(connection, campaign_id)
    return Results(
        chosen=sum(states.values()),
        waiting=sum(states.get(each, 0) for each in ("pending", "claimed", "queued")),
        sent=sent,
        failed=failed,
        left_out=_by(connection, recipient.c.reason, mine, recipient.c.state == "skipped"),
        delivered=delivered,
        read=read,
        answered=_answered(connection, campaign_id),
        booked=_booked(campaigns, connection, campaign_id),
        opted_out=_opted_out(campaigns, connection, campaign_id),
    )


def _by(connection: Connection, column: ColumnElement[Any], *where: ColumnElement[bool]) -> dict[str, int]:
    query = select(column, func.count()).where(*where).group_by(column)
    return {str(value): int(number) for value, number in connection.execute(query)}


def _of_messages(connection: Connection, campaign_id: int) -> tuple[int, int, int, int]:
    """Accepted, delivered, read, and failed; what was read was delivered, whether a receipt said so or not."""
    accepted = message.c.handed_over_at.is_not(None)
    arrived = and_(
        message.c.state == "handed_over", message.c.delivered_at.is_not(None) | message.c.read_at.is_not(None)
    )
    query = (
        select(
            func.count().filter(accepted),
            func.count().filter(arrived),
            func.count().filter(message.c.read_at.is_not(None)),
            func.count().filter(message.c.state == "failed"),
        )
        .select_from(recipient)
        .join(message, message.c.id == recipient.c.message_id)
        .where(recipient.c.campaign_id == campaign_id, recipient.c.state.in_(("sent", "failed")))
    )
    row = connection.execute(query).one()
    return int(row[0]), int(row[1]), int(row[2]), int(row[3])


def _answered(connection: Connection, campaign_id: int) -> int:
    wrote = and_(
        message.c.resident == recipient.c.resident,
        message.c.direction == "in",
        message.c.created_at > recipient.c.sent_at,
        message.c.created_at < recipient.c.sent_at + ANSWERED_WITHIN,
    )
    return _count(connection, campaign_id, select(message.c.id).where(wrote).exists())


def _booked(campaigns: Campaigns, connection: Connection, campaign_id: int) -> int:
    made = and_(
        bookings.c.resident == recipient.c.resident,
        bookings.c.appointment_id.is_not(None),
        bookings.c.created_at > recipient.c.sent_at,
        bookings.c.created_at < recipient.c.sent_at + campaigns.policy.booked_within,
    )
    return _count(connection, campaign_id, select(bookings.c.booking_key).where(made).exists())


def _opted_out(campaigns: Campaigns, connection: Connection, campaign_id: int) -> int:
    left = and_(
        consents.c.resident == recipient.c.resident,
        consents.c.scope == REMINDERS,
        consents.c.withdrawn_at > recipient.c.sent_at,
        consents.c.withdrawn_at < recipient.c.sent_at + campaigns.policy.booked_within,
    )
    return _count(connection, campaign_id, select(consents.c.id).where(left).exists())


def _count(connection: Connection, campaign_id: int, did: ColumnElement[bool]) -> int:
    reached = (recipient.c.campaign_id == campaign_id, recipient.c.sent_at.is_not(None), did)
    return int(connection.execute(select(func.count(distinct(recipient.c.resident))).where(*reached)).scalar_one())
