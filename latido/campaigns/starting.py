"""Beginning an approved campaign on its first day: the list of its recipients is fixed then, once."""

from __future__ import annotations

import logging
from typing import Any

from sqlalchemy import Connection, Row, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from latido.campaigns.drafts import needs_content
from latido.campaigns.parts import Campaigns
from latido.campaigns.preview import belonging, today_of
from latido.campaigns.rules.deciding import never
from latido.campaigns.rules.segment import segment_from
from latido.campaigns.tables import campaign, recipient
from latido.care.errors import HealthServiceUnavailable

log = logging.getLogger(__name__)

ROWS_AT_ONCE = 1000


def start_due(campaigns: Campaigns) -> int:
    """Begin each approved campaign whose first day has come; returns how many. One that cannot be read waits."""
    today = today_of(campaigns)
    due = (campaign.c.state == "approved", campaign.c.first_day <= today, campaign.c.last_day >= today)
    with campaigns.care.engine.connect() as connection:
        ids = connection.execute(select(campaign.c.id).where(*due).order_by(campaign.c.approved_at)).scalars().all()
    return sum(_start(campaigns, each) for each in ids)


def _start(campaigns: Campaigns, campaign_id: int) -> bool:
    """The list and the state change in one transaction: there is never half a list."""
    now = campaigns.care.now()
    this = (campaign.c.id == campaign_id, campaign.c.state == "approved")
    try:
        with campaigns.care.engine.begin() as connection:
            row = connection.execute(select(campaign).where(*this).with_for_update(skip_locked=True)).first()
            if row is None:  # somebody else begins it, or it was paused
                return False
            _fix(campaigns, connection, row)
            begun = {"state": "running", "started_at": now, "changed_at": now}
            connection.execute(update(campaign).where(campaign.c.id == campaign_id).values(begun))
    except HealthServiceUnavailable:
        log.warning("campaign %s waits: the health service does not answer", campaign_id)
        return False
    return True


def _fix(campaigns: Campaigns, connection: Connection, row: Row[Any]) -> None:
    now, content = campaigns.care.now(), needs_content(row.template)
    chosen: list[dict[str, object]] = []
    for facts, whom in belonging(campaigns, connection, segment_from(row.segment), row.id):
        if never(facts, content, campaigns.policy, now) is not None:
            continue
        about = {"resident": facts.resident, "role": whom.role, "service": whom.service}
        chosen.append(about | {"campaign_id": row.id, "state": "pending", "due_at": now, "changed_at": now})
        if len(chosen) == ROWS_AT_ONCE:
            connection.execute(upsert(recipient).on_conflict_do_nothing(), chosen)
            chosen = []
    if chosen:
        connection.execute(upsert(recipient).on_conflict_do_nothing(), chosen)
