"""From a claim to the message log: each recipient is looked at once more, in the transaction that queues her notice."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, select, text, update

from latido.campaigns.claiming import LET_GO, Claim, claim_for, take_back_lapsed
from latido.campaigns.judging import Judgement, Read, judge, read_first
from latido.campaigns.parts import Campaigns
from latido.campaigns.rules.segment import segment_from
from latido.campaigns.tables import campaign, recipient
from latido.care.errors import HealthServiceUnavailable
from latido.messaging.outbox import queue_replies
from latido.messaging.templates.filling import TemplateUnfit
from latido.reminders.planning import PlanBusy

log = logging.getLogger(__name__)

NOT_ANSWERING = "not_answering"
WORDLESS = "no_words"


def queue_due(campaigns: Campaigns) -> Counter[str]:
    """Claim what is due of every running campaign and queue what stands; returns how many went to which state."""
    take_back_lapsed(campaigns)
    outcomes: Counter[str] = Counter()
    with campaigns.care.engine.connect() as connection:
        query = select(campaign).where(campaign.c.state == "running").order_by(campaign.c.approved_at)
        running = connection.execute(query).all()
    for row in running:
        outcomes.update(_check(campaigns, row, claim) for claim in claim_for(campaigns, row))
    return outcomes


def _check(campaigns: Campaigns, row: Row[Any], claim: Claim) -> str:
    try:
        read = read_first(campaigns, segment_from(row.segment), claim.resident)
        return decide(campaigns, claim, read)
    except (HealthServiceUnavailable, PlanBusy):
        return _put_off(campaigns, claim, NOT_ANSWERING)
    except Exception:  # one recipient's fault must not hold up the others
        log.exception("a campaign's recipient could not be looked at")
        return _put_off(campaigns, claim, "not_checked")


def decide(campaigns: Campaigns, claim: Claim, read: Read) -> str:
    """Settle one claim in one transaction, the message with it; returns the row's state."""
    with campaigns.care.engine.begin() as connection:
        # A pause waits for this, and what comes after it finds the campaign paused.
        held = select(campaign).where(campaign.c.id == claim.campaign_id).with_for_update(read=True)
        row = connection.execute(held).one()
        mine = (recipient.c.id == claim.id, recipient.c.lease_token == claim.token, recipient.c.state == "claimed")
        if connection.execute(select(recipient.c.id).where(*mine).with_for_update()).first() is None:
            return "taken_back"
        lock = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 7))")
        connection.execute(lock, {"name": f"unasked:{claim.resident}"})  # two campaigns never choose her at once
        outcome = _outcome(campaigns, connection, row, claim, judge(campaigns, connection, row, claim.resident, read))
        values = {**outcome, "changed_at": campaigns.care.now()}
        connection.execute(update(recipient).where(recipient.c.id == claim.id).values(values))
    return str(outcome["state"])


def _outcome(
    campaigns: Campaigns, connection: Connection, row: Row[Any], claim: Claim, found: Judgement
) -> Mapping[str, Any]:
    if found.go and found.match is not None:
        about = {"role": found.match.role, "service": found.match.service}
        return about | _queue(campaigns, connection, row, claim)
    if found.again_at is None:
        return {"state": "skipped", "reason": found.reason, **LET_GO}
    return {"state": "pending", "reason": found.reason, "due_at": found.again_at, **LET_GO}


def _queue(campaigns: Campaigns, connection: Connection, row: Row[Any], claim: Claim) -> dict[str, Any]:
    try:
        reply = campaigns.notice(row.template, row.variables, claim.id)
    except TemplateUnfit as error:
        log.error("a campaign's notice has no words: %s", error)
        return {"state": "failed", "reason": WORDLESS, **LET_GO}
    queued = queue_replies(connection, campaigns.care.vault, claim.resident, None, [reply], recipient_id=claim.id)
    kept = {"lease_until": None, "lease_token": None}
    return {"state": "queued", "message_id": queued[0], "reason": None, **kept}


def _put_off(campaigns: Campaigns, claim: Claim, reason: str) -> str:
    now = campaigns.care.now()
    later = {"state": "pending", "due_at": now + campaigns.limits.again_after, "reason": reason, "changed_at": now}
    mine = (recipient.c.id == claim.id, recipient.c.lease_token == claim.token, recipient.c.state == "claimed")
    with campaigns.care.engine.begin() as connection:
        connection.execute(update(recipient).where(*mine).values(later | LET_GO))
    return "put_off"
