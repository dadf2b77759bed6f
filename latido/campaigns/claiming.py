"""Claiming recipients: never more than a day's cap, nor than the message log may hold, whoever else claims."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, text, update

from latido.campaigns.parts import Campaigns
from latido.campaigns.preview import today_of
from latido.campaigns.tables import recipient
from latido.reminders.tables import reminder

LAPSED_AT_ONCE = 1000
UNDER_WAY = ("claimed", "queued")
# Nobody holds it, and it does not count towards any day.
LET_GO: dict[str, Any] = {"lease_until": None, "lease_token": None, "counted_on": None}


@dataclass(frozen=True)
class Claim:
    """The right to decide on one recipient until the lease is over."""

    id: int
    campaign_id: int
    resident: str
    token: uuid.UUID


def claim_for(campaigns: Campaigns, row: Row[Any]) -> list[Claim]:
    """Recipients of one running campaign, as many as its cap, the message log and the reminders leave room for."""
    now, limits, today = campaigns.care.now(), campaigns.limits, today_of(campaigns)
    with campaigns.care.engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended('campaign-claim', 6))"))
        room = min(limits.at_once, _room(campaigns, connection), row.daily_cap - _counted(connection, row.id, today))
        return _claim(campaigns, connection, row.id, room, now, today) if room > 0 else []


def take_back_lapsed(campaigns: Campaigns) -> int:
    """Recipients whose lease is over are due again; returns how many."""
    over = (
        select(recipient.c.id)
        .where(recipient.c.state == "claimed", recipient.c.lease_until < func.now())
        .limit(LAPSED_AT_ONCE)
        .with_for_update(skip_locked=True)
        .cte("over")
    )
    again = {"state": "pending", "changed_at": campaigns.care.now(), **LET_GO}
    with campaigns.care.engine.begin() as connection:
        return connection.execute(update(recipient).where(recipient.c.id == over.c.id).values(again)).rowcount


def _room(campaigns: Campaigns, connection: Connection) -> int:
    """Reminders come first: campaigns take what they leave of their part, and never more than their own."""
    mine = connection.execute(select(func.count()).where(recipient.c.state.in_(UNDER_WAY))).scalar_one()
    theirs = connection.execute(select(func.count()).where(reminder.c.state.in_(UNDER_WAY))).scalar_one()
    return int(min(campaigns.limits.in_log, campaigns.reminders.limits.in_log - theirs) - mine)


def _counted(connection: Connection, campaign_id: int, today: date) -> int:
    counted = (recipient.c.campaign_id == campaign_id, recipient.c.counted_on == today)
    return int(connection.execute(select(func.count()).where(*counted)).scalar_one())


def _claim(
    campaigns: Campaigns, connection: Connection, campaign_id: int, room: int, now: datetime, today: date
) -> list[Claim]:
    due = (
        select(recipient.c.id)
        .where(
            recipient.c.campaign_id == campaign_id,
            recipient.c.state == "pending",
            recipient.c.due_at <= now,
            recipient.c.message_id.is_(None),
        )
        .order_by(recipient.c.due_at, recipient.c.id)
        .limit(room)
        .with_for_update(skip_locked=True)
        .cte("due")  # a plain sub-query could be run again by the database's planner and claim more than `room`
    )
    taken = {
        "state": "claimed",
        "lease_until": func.now() + campaigns.limits.lease,
        "lease_token": func.gen_random_uuid(),
        "counted_on": today,
        "attempts": recipient.c.attempts + 1,
        "changed_at": now,
    }
    statement = update(recipient).where(recipient.c.id == due.c.id).values(taken)
    rows = connection.execute(statement.returning(recipient.c.id, recipient.c.resident, recipient.c.lease_token))
    return [Claim(row.id, campaign_id, row.resident, row.lease_token) for row in rows]
