"""What the sender asks just before it attempts a notice: may this recipient still be written to?"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select, update

from latido.campaigns.claiming import LET_GO
from latido.campaigns.judging import Judgement, judge, read_first
from latido.campaigns.parts import Campaigns
from latido.campaigns.rules.segment import segment_from
from latido.campaigns.tables import campaign, recipient
from latido.care.errors import HealthServiceUnavailable
from latido.messaging.sender import Verdict
from latido.reminders.planning import PlanBusy


def still_invited(campaigns: Campaigns, recipient_id: int) -> Verdict:
    """ "send" it now; "wait": ask again in some seconds; "withdraw": it must not be sent, or not now.

    A recipient whose notice is withdrawn says herself what becomes of it: skipped, or pending again.
    """
    row = _read(campaigns, recipient_id)
    if row is None or row.recipient_state != "queued":
        return "withdraw"
    try:
        read = read_first(campaigns, segment_from(row.segment), row.resident)
    except (HealthServiceUnavailable, PlanBusy):
        return "wait"
    with campaigns.care.engine.connect() as connection:
        found = judge(campaigns, connection, row, row.resident, read)
    if found.go:
        return "send"
    _take_back(campaigns, recipient_id, found)
    return "withdraw"


def _read(campaigns: Campaigns, recipient_id: int) -> Row[Any] | None:
    """Her row and its campaign's."""
    query = (
        select(campaign, recipient.c.resident, recipient.c.state.label("recipient_state"))
        .join(campaign, campaign.c.id == recipient.c.campaign_id)
        .where(recipient.c.id == recipient_id)
    )
    with campaigns.care.engine.connect() as connection:
        return connection.execute(query).first()


def _take_back(campaigns: Campaigns, recipient_id: int, found: Judgement) -> None:
    """Her row first: it is claimed again only when the message it names is settled."""
    state: dict[str, Any] = {"state": "skipped"} if found.again_at is None else {"state": "pending"}
    if found.again_at is not None:
        state["due_at"] = found.again_at
    this = (recipient.c.id == recipient_id, recipient.c.state == "queued")
    with campaigns.care.engine.begin() as connection:
        values = state | {"reason": found.reason, "changed_at": campaigns.care.now(), **LET_GO}
        connection.execute(update(recipient).where(*this).values(values))
