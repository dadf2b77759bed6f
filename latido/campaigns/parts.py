"""What campaigns need, put together once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from latido.campaigns.rules.deciding import CampaignPolicy
from latido.care.services import Care
from latido.messaging.messages import Reply
from latido.reminders.parts import Reminders

NoticeOf = Callable[[str, Mapping[str, str], int], Reply]
"""The reply of a template with variables, for the recipient of an id."""


@dataclass(frozen=True)
class Limits:
    """How much at once. `in_log`: notices that may wait in the message log at a time, reminders' part apart.

    A campaign is paused when more than `bad_share` of the last `judged` notices were refused, `judged_least` of them
    at least. `batch`: residents looked at together.
    """

    in_log: int = 20
    at_once: int = 50
    lease: timedelta = timedelta(seconds=60)
    again_after: timedelta = timedelta(seconds=30)
    judged: int = 50
    judged_least: int = 10
    judged_within: timedelta = timedelta(minutes=10)
    bad_share: float = 0.3
    batch: int = 1000


@dataclass(frozen=True)
class Campaigns:
    """The dependencies: quiet hours, and what is overdue, are the reminders'."""

    reminders: Reminders
    policy: CampaignPolicy
    notice: NoticeOf
    limits: Limits = field(default_factory=Limits)

    @property
    def care(self) -> Care:
        """The use cases' dependencies."""
        return self.reminders.care

    def allowed_from(self, now: datetime) -> datetime:
        """The first moment from `now` on outside quiet hours."""
        return self.reminders.allowed_from("campaign", now)
