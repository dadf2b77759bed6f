"""The life of a campaign: written, proposed, approved by somebody else, paused, gone on with, cancelled.

Each step is one statement that looks at the state it starts from, in the caller's transaction.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, func, insert, or_, select, update

from latido.campaigns.drafts import Draft
from latido.campaigns.tables import WAITING, campaign, recipient
from latido.messaging.sender import WITHDRAWN
from latido.messaging.tables import message

Step = Literal["change", "propose", "approve", "reject", "pause", "resume", "cancel"]
FROM: dict[Step, tuple[str, ...]] = {
    "change": ("draft", "rejected"),
    "propose": ("draft",),
    "approve": ("proposed",),
    "reject": ("proposed",),
    "pause": ("approved", "running"),
    "resume": ("paused",),
    "cancel": ("draft", "proposed", "approved", "running", "paused"),
}
REFUSED_TOO_OFTEN = "refused"


class CampaignRefused(Exception):
    """A step that cannot be taken; `reason`: unknown, state, same_person, changed."""

    def __init__(self, reason: Literal["unknown", "state", "same_person", "changed"]) -> None:
        super().__init__(f"the campaign cannot go this step: {reason}")
        self.reason = reason


def write(connection: Connection, draft: Draft, operator_id: int, now: datetime) -> int:
    """Keep a new draft; returns its number."""
    values = _values(draft) | {"state": "draft", "made_by": operator_id, "changed_at": now}
    return int(connection.execute(insert(campaign).values(values).returning(campaign.c.id)).scalar_one())


def change(connection: Connection, campaign_id: int, draft: Draft, operator_id: int, now: datetime) -> None:
    """Write a draft anew, or one that was rejected; whoever changed it last has made it."""
    nobody = {"proposed_by": None, "proposed_at": None, "approved_by": None, "approved_at": None}
    values = _values(draft)
    values |= nobody | {"state": "draft", "made_by": operator_id, "preview": None, "reason": None}
    _step(connection, campaign_id, "change", now, **values, revision=campaign.c.revision + 1)


def propose(connection: Connection, campaign_id: int, operator_id: int, now: datetime) -> None:
    """Put it before somebody else."""
    _step(connection, campaign_id, "propose", now, state="proposed", proposed_by=operator_id, proposed_at=now)


def approve(connection: Connection, campaign_id: int, operator_id: int, revision: int, now: datetime) -> None:
    """Let it begin on its first day. Never by who made or proposed it, and only as it was read (`revision`)."""
    _read_by_another(connection, campaign_id, operator_id, revision)
    values: dict[str, Any] = {"state": "approved", "approved_by": operator_id, "approved_at": now}
    _step(connection, campaign_id, "approve", now, campaign.c.revision == revision, **values)


def reject(connection: Connection, campaign_id: int, operator_id: int, reason: str, now: datetime) -> None:
    """Do not let it begin; it may be written anew."""
    row = held(connection, campaign_id)
    if operator_id in (row.made_by, row.proposed_by):
        raise CampaignRefused("same_person")
    _step(connection, campaign_id, "reject", now, state="rejected", reason=reason)


def pause(connection: Connection, campaign_id: int, reason: str, now: datetime) -> int:
    """Stop at once: what no attempt was made of is taken back and waits. Returns how many notices were."""
    _step(connection, campaign_id, "pause", now, state="paused", reason=reason)
    return _take_back(connection, campaign_id, now)


def resume(connection: Connection, campaign_id: int, now: datetime) -> None:
    """Go on where it was."""
    begun = campaign.c.started_at
    _step(connection, campaign_id, "resume", now, begun.is_not(None), state="running", reason=None, missing=False)
    _step(connection, campaign_id, "resume", now, begun.is_(None), state="approved", reason=None, missing=False)
    if held(connection, campaign_id).state not in ("running", "approved"):
        raise CampaignRefused("state")


def cancel(connection: Connection, campaign_id: int, reason: str, now: datetime) -> None:
    """End it for good: nobody else is written to."""
    _step(connection, campaign_id, "cancel", now, state="cancelled", reason=reason, ended_at=now)
    _take_back(connection, campaign_id, now)
    leave_out_the_rest(connection, campaign_id, "cancelled", now)


def leave_out_the_rest(connection: Connection, campaign_id: int, reason: str, now: datetime) -> int:
    """Whoever still waits gets no notice; returns how many."""
    waiting = (recipient.c.campaign_id == campaign_id, recipient.c.state == "pending")
    over = {"state": "skipped", "reason": reason, "changed_at": now}
    return connection.execute(update(recipient).where(*waiting).values(over)).rowcount


def held(connection: Connection, campaign_id: int) -> Row[Any]:
    """The campaign, locked until the transaction ends; CampaignRefused when there is none."""
    row = connection.execute(select(campaign).where(campaign.c.id == campaign_id).with_for_update()).first()
    if row is None:
        raise CampaignRefused("unknown")
    return row


def _read_by_another(connection: Connection, campaign_id: int, operator_id: int, revision: int) -> None:
    row = held(connection, campaign_id)
    if operator_id in (row.made_by, row.proposed_by):
        raise CampaignRefused("same_person")
    if row.revision != revision:
        raise CampaignRefused("changed")


def _step(
    connection: Connection,
    campaign_id: int,
    step: Step,
    now: datetime,
    *more: ColumnElement[bool],
    missing: bool = True,
    **values: Any,
) -> None:
    """One step from a state it may start from; CampaignRefused, unless `missing` is false, when it is in another."""
    this = (campaign.c.id == campaign_id, campaign.c.state.in_(FROM[step]), *more)
    moved = connection.execute(update(campaign).where(*this).values(changed_at=now, **values)).rowcount
    if not moved and missing:
        held(connection, campaign_id)
        raise CampaignRefused("state")


def _values(draft: Draft) -> dict[str, Any]:
    return {
        "name": draft.name,
        "segment": draft.segment.as_json(),
        "template": draft.template,
        "variables": dict(draft.variables),
        "daily_cap": draft.daily_cap,
        "first_day": draft.first_day,
        "last_day": draft.last_day,
    }


def _take_back(connection: Connection, campaign_id: int, now: datetime) -> int:
    """Withdraw what is queued and not attempted, in one transaction with the pause: the sender finds it withdrawn."""
    mine = select(recipient.c.id).where(recipient.c.campaign_id == campaign_id, recipient.c.state.in_(WAITING))
    connection.execute(mine.with_for_update())
    queued = (message.c.campaign_recipient_id.in_(mine), message.c.state == "queued")
    over = {"state": "failed", "failed_at": func.now(), "last_error": WITHDRAWN}
    taken = update(message).where(*queued).values(over).returning(message.c.campaign_recipient_id)
    back = [row.campaign_recipient_id for row in connection.execute(taken)]
    unsaid = or_(recipient.c.id.in_(back), recipient.c.state == "claimed")
    again = {"state": "pending", "reason": None, "lease_until": None, "lease_token": None, "counted_on": None}
    these = (recipient.c.campaign_id == campaign_id, unsaid)
    connection.execute(update(recipient).where(*these).values(again | {"message_id": None, "changed_at": now}))
    return len(back)
