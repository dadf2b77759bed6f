"""The moments of the steps: none in quiet hours, none too late, and messages nobody asked for some days apart. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta

from latido.reminders.rules.drafts import BOOK, BOOK_AGAIN, TELL, Draft, Frame
from latido.reminders.rules.keys import is_calendar_message
from latido.reminders.rules.quiet import day_of
from latido.reminders.rules.steps import Step


def settle(frame: Frame, drafts: Iterable[Draft]) -> list[Step]:
    """The steps with their moments; those whose last moment passed, or for which there is no room, are left out."""
    drafts = list(drafts)
    fixed = [step for draft in drafts if draft.rank is None or draft.is_asked if (step := _alone(frame, draft))]
    spread = _Spread(frame, drafts)
    for rank in (BOOK, TELL, BOOK_AGAIN):
        waiting = [spread.ready(draft) for draft in drafts if draft.rank == rank and not draft.is_asked]
        spread.place([draft for draft in waiting if draft is not None])
    return fixed + spread.steps


class _Spread:
    """The days that are taken, and what was placed on them."""

    def __init__(self, frame: Frame, drafts: Iterable[Draft]) -> None:
        self._frame = frame
        self.steps: list[Step] = []
        self._moments = {key: moment for key, moment in frame.known.said.items() if is_calendar_message(key)}
        for draft in drafts:
            moment = _earliest(frame, draft) if draft.rank is not None and draft.is_asked else None
            if moment is not None:
                self._moments[draft.step.key] = moment
        self._taken = {day_of(moment, frame.zone) for moment in self._moments.values()}

    def ready(self, draft: Draft) -> Draft | None:
        """The draft with the moment it wants after what it follows; None when that is not said at all."""
        if draft.follows is None:
            return draft
        said = [moment for key, moment in self._moments.items() if f"{key}:".startswith(f"{draft.follows}:")]
        if not said:
            return None
        day = day_of(max(said), self._frame.zone) + timedelta(days=draft.pause_days)
        return draft.wanting(self._frame.at(day, self._frame.policy.calendar.time))

    def place(self, drafts: Iterable[Draft]) -> None:
        """Give each the first day that is far enough from the others; who is first wanted is first served."""
        steps = [step for draft in drafts if (step := _alone(self._frame, draft))]
        for step in sorted(steps, key=lambda one: (one.due_at, one.not_after, one.key)):
            soonest = max(step.due_at, self._frame.allowed(self._frame.now))
            moment = self._room(soonest)
            if moment <= step.not_after:
                self._moments[step.key] = moment
                self._taken.add(day_of(moment, self._frame.zone))
                self.steps.append(step if moment == soonest else replace(step, due_at=moment))

    def _room(self, moment: datetime) -> datetime:
        day = _free_day(day_of(moment, self._frame.zone), self._taken, self._frame.policy.calendar.gap_days)
        is_same = day == day_of(moment, self._frame.zone)
        return moment if is_same else self._frame.at(day, self._frame.policy.calendar.time)


def _free_day(day: date, taken: Iterable[date], gap_days: int) -> date:
    gap = timedelta(days=gap_days)
    while near := [each for each in taken if abs(each - day) < gap]:
        day = max(near) + gap
    return day


def _alone(frame: Frame, draft: Draft) -> Step | None:
    """The step with its own moment; None when that is too late."""
    moment = _earliest(frame, draft)
    if moment is None:
        return None
    wanted = frame.allowed(draft.step.due_at, draft.hours)
    # A moment that passed a short while ago stays: what is due for longer goes first.
    return replace(draft.step, due_at=wanted if wanted >= frame.now - frame.policy.look_back else moment)


def _earliest(frame: Frame, draft: Draft) -> datetime | None:
    """When it can be said at the earliest, as things stand; None when that is too late."""
    moment = frame.allowed(max(draft.step.due_at, frame.now), draft.hours)
    return moment if moment <= draft.step.not_after else None
