"""Steps before their moments are settled, and what all of them are made with. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time
from functools import cached_property
from zoneinfo import ZoneInfo

from latido.reminders.rules.policy import Policy
from latido.reminders.rules.quiet import Hours, at, day_of, next_allowed
from latido.reminders.rules.steps import Known, Step

# Who gives way when two messages by the calendar are wanted on one day: the higher number.
BOOK, TELL, BOOK_AGAIN = 0, 1, 2


@dataclass(frozen=True)
class Frame:
    """For whom, by which policy, where and when a plan is made."""

    known: Known
    policy: Policy
    zone: ZoneInfo
    now: datetime

    @cached_property
    def today(self) -> date:
        """The local day of the plan."""
        return day_of(self.now, self.zone)

    def at(self, day: date, clock: time) -> datetime:
        """A local moment, in UTC."""
        return at(day, clock, self.zone)

    def end_of(self, day: date) -> datetime:
        """The last moment of a day at which something may be said."""
        return at(day, self.policy.hours.closes, self.zone)

    def allowed(self, moment: datetime, hours: Hours | None = None) -> datetime:
        """The first moment outside quiet hours that is not earlier."""
        return next_allowed(moment, hours or self.policy.hours, self.zone)


@dataclass(frozen=True)
class Draft:
    """A step with the moment it wants (`step.due_at`). `rank`: how it gives way; None: it never does.

    `follows`: the key of the step it comes after, `pause_days` after that was really said.
    """

    step: Step
    hours: Hours
    rank: int | None = None
    follows: str | None = None
    pause_days: int = 0
    is_asked: bool = False

    def wanting(self, moment: datetime) -> Draft:
        """The same at another moment."""
        return self if moment == self.step.due_at else replace(self, step=moved(self.step, moment))

    def of_template(self, name: str) -> Draft:
        """The same in other words."""
        return replace(self, step=replace(self.step, template=name))


def moved(step: Step, moment: datetime) -> Step:
    """The step at a moment, the very same where it is that already."""
    return step if moment == step.due_at else replace(step, due_at=moment)


def heed(frame: Frame, draft: Draft) -> Draft | None:
    """The draft as she wishes it; None when it was said and she did not ask for it once more."""
    key = draft.step.key
    wish, said = frame.known.asked_for.get(key), frame.known.said.get(key)
    moment = None if wish is None else frame.allowed(wish, draft.hours)
    if wish is None or moment is None or moment > draft.step.not_after:
        return draft if said is None else None
    asked = replace(draft.wanting(moment), is_asked=True)
    if said is None:
        return asked
    if wish <= said:
        return None
    # Said once more under a key of its own, which may have been said, and asked for, in its turn.
    return heed(frame, replace(asked, step=replace(asked.step, key=f"{key}:{day_of(wish, frame.zone):%Y%m%d}")))
