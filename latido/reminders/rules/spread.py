"""The moments of the steps: none in quiet hours, none too late, and messages nobody asked for some days apart. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from heapq import heappop, heappush

from latido.reminders.rules.drafts import Draft, Frame, moved
from latido.reminders.rules.keys import is_calendar_message
from latido.reminders.rules.quiet import day_of
from latido.reminders.rules.steps import Step


def settle(frame: Frame, drafts: Sequence[Draft]) -> list[Step]:
    """The steps with their moments; those whose last moment passed, or for which there is no room, are left out."""
    fixed = [draft for draft in drafts if draft.rank is None or draft.is_asked]
    spread = _Spread(frame, fixed)
    spread.place([draft for draft in drafts if draft.rank is not None and not draft.is_asked])
    return [step for draft in fixed if (step := _alone(frame, draft))] + spread.steps


class _Spread:
    """The days that are taken, and what was placed on them."""

    def __init__(self, frame: Frame, fixed: Iterable[Draft]) -> None:
        self._frame = frame
        self.steps: list[Step] = []
        self._moments = {key: moment for key, moment in frame.known.said.items() if is_calendar_message(key)}
        for draft in fixed:
            if draft.rank is not None and (step := _alone(frame, draft)):
                self._moments[step.key] = self._soonest(step)
        self._taken = {day_of(moment, frame.zone) for moment in self._moments.values()}

    def place(self, drafts: Sequence[Draft]) -> None:
        """Give each the first day far enough from the others: first wanted, first served; on one day by rank."""
        queue: list[_Waiting] = []
        for draft in drafts:
            self._line_up(queue, draft)
        while queue:
            step = heappop(queue)[-1]
            if self._put(step):
                for draft in drafts:
                    if draft.follows == step.key:
                        self._line_up(queue, draft)

    def _line_up(self, queue: list[_Waiting], draft: Draft) -> None:
        """Let it wait for its turn, if what it follows has its moment and its own is not over."""
        ready = self._ready(draft)
        step = _alone(self._frame, ready) if ready else None
        if step is not None:
            day = day_of(self._soonest(step), self._frame.zone)
            heappush(queue, (day, draft.rank or 0, step.due_at, step.not_after, step.key, step))

    def _ready(self, draft: Draft) -> Draft | None:
        if draft.follows is None:
            return draft
        said = [moment for key, moment in self._moments.items() if f"{key}:".startswith(f"{draft.follows}:")]
        if not said:
            return None
        day = day_of(max(said), self._frame.zone) + timedelta(days=draft.pause_days)
        # Not before its own moment: the dates may have been corrected since the one it follows was said.
        return draft.wanting(max(draft.step.due_at, self._frame.at(day, self._frame.policy.calendar.time)))

    def _put(self, step: Step) -> bool:
        """Whether there was room for it."""
        wanted, soonest = self._room(step.due_at), self._soonest(step)
        moment = wanted if wanted >= soonest else self._room(soonest)
        if moment > step.not_after:
            return False
        self._moments[step.key] = moment
        self._taken.add(day_of(moment, self._frame.zone))
        self.steps.append(moved(step, min(wanted, moment) if moment == soonest else moment))
        return True

    def _soonest(self, step: Step) -> datetime:
        return max(step.due_at, self._frame.allowed(self._frame.now))

    def _room(self, moment: datetime) -> datetime:
        day = _free_day(day_of(moment, self._frame.zone), self._taken, self._frame.policy.calendar.gap_days)
        is_same = day == day_of(moment, self._frame.zone)
        return moment if is_same else self._frame.at(day, self._frame.policy.calendar.time)


# In the order of turns: the day, the rank, the moments, the key; and the step.
_Waiting = tuple[date, int, datetime, datetime, str, Step]


def _free_day(day: date, taken: Iterable[date], gap_days: int) -> date:
    gap = timedelta(days=gap_days)
    while near := [each for each in taken if abs(each - day) < gap]:
        day = max(near) + gap
    return day


def _alone(frame: Frame, draft: Draft) -> Step | None:
    """The step with its own moment; None when that is too late."""
    wanted = frame.allowed(draft.step.due_at, draft.hours)
    soonest = max(wanted, frame.allowed(frame.now, draft.hours))
    if soonest > draft.step.not_after:
        return None
    # A moment that passed a short while ago stays: what is due for longer goes first.
    is_recent = wanted >= frame.now - frame.policy.look_back
    return moved(draft.step, wanted if is_recent else soonest)
