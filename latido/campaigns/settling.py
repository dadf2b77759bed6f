"""A recipient follows her message; a campaign whose notices are refused too often is paused; one that is over ends."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, exists, select, update

from latido.campaigns.claiming import LET_GO
from latido.campaigns.judging import OVER
from latido.campaigns.life import REFUSED_TOO_OFTEN, CampaignRefused, leave_out_the_rest, pause
from latido.campaigns.parts import Campaigns
from latido.campaigns.preview import today_of
from latido.campaigns.tables import LIVE, WAITING, campaign, recipient
from latido.messaging.tables import message

log = logging.getLogger(__name__)

AT_ONCE = 500
UNSETTLED = ("queued", "sending", "unknown")
REFUSED = "refused"


def settle(campaigns: Campaigns) -> int:
    """Bring recipients whose messages were settled in line with them; returns how many."""
    with campaigns.care.engine.begin() as connection:
        rows = _settled(connection)
        for row in rows:
            _follow(campaigns, connection, row)
    return len(rows)


def _settled(connection: Connection) -> Sequence[Row[Any]]:
    mine = (recipient.c.message_id.is_not(None), recipient.c.state.not_in(("sent", "failed")))
    query = (
        select(recipient, message.c.state.label("message_state"), message.c.handed_over_at)
        .join(message, message.c.id == recipient.c.message_id)
        .where(*mine, message.c.state.not_in(UNSETTLED))
        .order_by(recipient.c.id)
        .limit(AT_ONCE)
        .with_for_update(of=recipient, skip_locked=True)
    )
    return connection.execute(query).all()


def _follow(campaigns: Campaigns, connection: Connection, row: Row[Any]) -> None:
    """What was accepted was said, whatever holds by now, and counts; what was taken back may go out later."""
    values: dict[str, Any] = {"changed_at": campaigns.care.now()}
    if row.message_state == "handed_over" or row.handed_over_at is not None:
        values |= {"state": "sent", "reason": None, "sent_at": row.handed_over_at}
        values["counted_on"] = row.counted_on or today_of(campaigns)
    elif row.state == "queued":
        values |= {"state": "failed", "reason": REFUSED}
    else:
        values |= {"message_id": None, **LET_GO}
    connection.execute(update(recipient).where(recipient.c.id == row.id).values(values))


def stop_the_refused(campaigns: Campaigns) -> int:
    """Pause each running campaign too many of whose last notices were refused; returns how many."""
    with campaigns.care.engine.connect() as connection:
        running = connection.execute(select(campaign.c.id).where(campaign.c.state == "running")).scalars().all()
        bad = [each for each in running if _is_refused(campaigns, connection, each)]
    for each in bad:
        log.warning("campaign %s is paused: too many of its notices were refused", each)
        try:
            with campaigns.care.engine.begin() as connection:
                pause(connection, each, REFUSED_TOO_OFTEN, campaigns.care.now())
        except CampaignRefused:  # somebody was quicker
            continue
    return len(bad)


def _is_refused(campaigns: Campaigns, connection: Connection, campaign_id: int) -> bool:
    limits, now = campaigns.limits, campaigns.care.now()
    recent = (
        select(message.c.state)
        .select_from(recipient)
        .join(message, message.c.id == recipient.c.message_id)
        .where(
            recipient.c.campaign_id == campaign_id,
            recipient.c.state.in_(("sent", "failed")),
            recipient.c.changed_at > now - limits.judged_within,
        )
        .order_by(recipient.c.changed_at.desc())
        .limit(limits.judged)
    )
    states = connection.execute(recent).scalars().all()
    return len(states) >= limits.judged_least and states.count("failed") > limits.bad_share * len(states)


def finish(campaigns: Campaigns) -> int:
    """End what is past its last day, and what has nobody left to write to; returns how many ended."""
    now, today, ended = campaigns.care.now(), today_of(campaigns), 0
    with campaigns.care.engine.begin() as connection:
        live = select(campaign).where(campaign.c.state.in_(LIVE)).with_for_update(skip_locked=True)
        for row in connection.execute(live).all():
            if today > row.last_day:
                leave_out_the_rest(connection, row.id, OVER, now)
            if today > row.last_day or row.state == "running":
                ended += _end(connection, row.id, now)
    return ended


def _end(connection: Connection, campaign_id: int, now: Any) -> int:
    left = exists().where(recipient.c.campaign_id == campaign_id, recipient.c.state.in_(WAITING))
    over = {"state": "done", "ended_at": now, "changed_at": now}
    return connection.execute(update(campaign).where(campaign.c.id == campaign_id, ~left).values(over)).rowcount
