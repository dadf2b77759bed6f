"""Whether one recipient may be written to at this very moment: asked when a notice is queued, and at its attempt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from latido.campaigns.drafts import needs_content
from latido.campaigns.knowing import Whose, facts_of
from latido.campaigns.parts import Campaigns
from latido.campaigns.preview import today_of
from latido.campaigns.rules.deciding import LEFT, never, not_now
from latido.campaigns.rules.segment import Match, Segment, match, segment_from
from latido.campaigns.standing import centers_by_person
from latido.reminders.planning import is_stale, plan_resident
from latido.reminders.tables import plans

QUIET = "quiet"
NOT_RUNNING = "not_running"
OVER = "over"


@dataclass(frozen=True)
class Judgement:
    """`go`: write to her, about `match`. Else `reason`; `again_at`: look again then; None: never."""

    go: bool
    reason: str | None = None
    again_at: datetime | None = None
    match: Match | None = None


@dataclass(frozen=True)
class Read:
    """What was asked of the health service before a transaction was begun."""

    centers: Mapping[Whose, frozenset[int]] | None = None


def read_first(campaigns: Campaigns, segment: Segment, resident: str) -> Read:
    """What her segment needs of the health service, brought up to date. HealthServiceUnavailable, PlanBusy."""
    engine = campaigns.care.engine
    if segment.overdue and _is_old(campaigns, resident):
        plan_resident(campaigns.reminders, resident)
    if not segment.centers:
        return Read()
    with engine.connect() as connection:
        return Read(centers_by_person(campaigns.care, connection, [resident]))


def judge(campaigns: Campaigns, connection: Connection, row: Row[Any], resident: str, read: Read) -> Judgement:
    """As things are now, in the caller's transaction; `row` is the campaign, held by the caller where it decides."""
    now = campaigns.care.now()
    if row.state != "running":
        return Judgement(False, NOT_RUNNING, now)
    if today_of(campaigns) > row.last_day:
        return Judgement(False, OVER)
    segment = segment_from(row.segment)
    found = facts_of(campaigns, connection, [resident], segment, row.id, read.centers)
    whom = match(segment, found[0], today_of(campaigns), campaigns.policy.weeks_known_within) if found else None
    reason = never(found[0], needs_content(row.template), campaigns.policy, now) if found else LEFT
    if reason is not None or whom is None:
        return Judgement(False, reason or LEFT)
    return _at_this_hour(campaigns, connection, segment, found[0].resident, now) or _apart(campaigns, found, whom, now)


def _apart(campaigns: Campaigns, found: list[Any], whom: Match, now: datetime) -> Judgement:
    """Not too near to what was said to her besides, nor while somebody else speaks with her."""
    waits = not_now(found[0], campaigns.policy, now)
    return Judgement(False, waits[0], waits[1]) if waits else Judgement(True, match=whom)


def _at_this_hour(
    campaigns: Campaigns, connection: Connection, segment: Segment, resident: str, now: datetime
) -> Judgement | None:
    allowed = campaigns.allowed_from(now)
    if allowed > now:
        return Judgement(False, QUIET, allowed)
    if segment.overdue and is_stale(connection, resident):
        return Judgement(False, "stale", now + campaigns.limits.again_after)
    return None


def _is_old(campaigns: Campaigns, resident: str) -> bool:
    """Whether her plan, which says what is overdue, is stale or older than the sender believes."""
    with campaigns.care.engine.connect() as connection:
        if is_stale(connection, resident):
            return True
        planned_at = connection.execute(select(plans.c.planned_at).where(plans.c.resident == resident)).scalar()
    return planned_at is None or campaigns.care.now() - planned_at > campaigns.reminders.limits.fresh_for
