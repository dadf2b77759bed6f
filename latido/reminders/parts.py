"""What the rows of reminders need, put together once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from latido.care.services import BUENOS_AIRES, Care
from latido.experiments.data import Experiments
from latido.messaging.messages import Reply
from latido.reminders.rules.policy import Policy
from latido.reminders.rules.quiet import next_allowed
from latido.reminders.rules.steps import Known, Step, StepName


class ReplyOf(Protocol):
    """The reply of a template with variables, for the reminder of an id, in the plain wording or a variant."""

    def __call__(self, template: str, variables: Mapping[str, str], reminder_id: int, variant: str = "", /) -> Reply:
        """Make it; raises TemplateUnfit."""
        ...


@dataclass(frozen=True)
class Limits:
    """How much at once, and how long to wait. `in_log`: reminders that may wait in the message log at a time.

    `checked_at_once`: residents whose reminders are checked side by side, for the health service may be far away.
    `fresh_for`: how old a plan may be when its message is attempted. The breaker pauses claims when more than
    `bad_share` of the last `judged` reminders within `judged_within` were refused, `judged_least` of them at least.
    """

    in_log: int = 40
    at_once: int = 50
    checked_at_once: int = 4
    lease: timedelta = timedelta(seconds=60)
    again_after: timedelta = timedelta(seconds=30)
    with_person: timedelta = timedelta(minutes=15)
    fresh_for: timedelta = timedelta(seconds=15)
    plan_every: timedelta = timedelta(days=1)
    judged: int = 50
    judged_least: int = 10
    judged_within: timedelta = timedelta(minutes=10)
    bad_share: float = 0.3


@dataclass(frozen=True)
class Reminders:
    """The dependencies: `plan` is the pure function of the steps, `policy` its data.

    `experiments`: the wordings that are compared; None where everybody is told the plain ones.
    """

    care: Care
    plan: Callable[[Known, datetime], Sequence[Step]]
    policy: Policy
    reply: ReplyOf
    limits: Limits = field(default_factory=Limits)
    experiments: Experiments | None = None

    def allowed_from(self, name: StepName | str, now: datetime) -> datetime:
        """The first moment from `now` on at which such a step may be said: `now`, outside quiet hours."""
        hours = self.policy.morning_hours if name == "morning" else self.policy.hours
        return next_allowed(now, hours, BUENOS_AIRES)
