"""Who of a segment may be written to, when, and how fast."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from latido.campaigns.rules.segment import Facts

# Not at all, whatever the day is.
Never = Literal["no_consent", "opted_out", "no_content_consent", "silent", "unreachable", "loss"]
# Not now.
NotNow = Literal["recent", "with_person", "danger"]
NEVER: tuple[Never, ...] = ("no_consent", "opted_out", "no_content_consent", "silent", "unreachable", "loss")
LEFT: Literal["left"] = "left"  # she does not belong to the segment any more


@dataclass(frozen=True)
class CampaignPolicy:
    """`gap`: between two notices; `reminder_gap`: between one and a reminder of the calendar, said or planned.

    `after_loss`: so long nothing is sent after a loss. `weeks_known_within`: a segment by weeks needs them known so
    well. `booked_within`: an appointment made so soon after the notice counts as its result. `retry`: how long to wait
    where somebody of the team writes with her.
    """

    gap: timedelta
    reminder_gap: timedelta
    after_loss: timedelta
    weeks_known_within: int
    booked_within: timedelta
    retry: timedelta


def never(facts: Facts, needs_content: bool, policy: CampaignPolicy, now: datetime) -> Never | None:
    """Why she must not be written to by this campaign; None when she may be."""
    reasons: dict[Never, bool] = {
        "opted_out": facts.reminders == "withdrawn",
        "no_consent": facts.reminders != "yes",
        "silent": facts.is_silent,
        "loss": facts.lost_at is not None and now < facts.lost_at + policy.after_loss,
        "no_content_consent": needs_content and not facts.content,
        "unreachable": facts.is_unreachable,
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def not_now(facts: Facts, policy: CampaignPolicy, now: datetime) -> tuple[NotNow, datetime] | None:
    """Why she must not be written to now, and from when on to look again."""
    gaps = ((facts.noticed_at, policy.gap), (facts.reminded_at, policy.reminder_gap))
    free = max((moment + gap for moment, gap in gaps if moment is not None), default=now)
    if free > now:
        return "recent", free
    if facts.with_person:
        return "with_person", now + policy.retry
    return ("danger", now + policy.retry) if facts.in_danger else None


def days_needed(count: int, daily_cap: int) -> int:
    """On how many days that many messages go out."""
    return -(-count // daily_cap)
