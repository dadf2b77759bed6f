"""When reminders are said and when it is too late for them, as values; the numbers are in data/reminders/policy.yml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from zoneinfo import ZoneInfo

from latido.reminders.rules.quiet import Hours


@dataclass(frozen=True)
class Pace:
    """The steps of a check-up whose window is at most `up_to_days` long (None: however long), in days.

    `late_visit_days`: who has an appointment so soon after the window's end needs none within it.
    """

    up_to_days: int | None
    book_days_before: int
    again_after_days: int
    overdue_days_before_end: int
    late_visit_days: int


@dataclass(frozen=True)
class CalendarPolicy:
    """Messages by the calendars: about check-ups, studies and vaccines.

    `early_visit`: an appointment outside all windows is for the check-up that begins so soon after it.
    """

    time: clock_time
    gap_days: int
    registration_delay: timedelta
    coincides_days: int
    names_dates_within_days: int
    early_visit: timedelta
    paces: tuple[Pace, ...]
    overdue_after_book_days: int
    overdue_kept_days: int
    not_told: frozenset[str]
    pregnancy_ends_on_day: int

    def pace(self, first: date, last: date) -> Pace:
        """The pace of a window, both days included."""
        days = (last - first).days + 1
        return next(each for each in self.paces if each.up_to_days is None or days <= each.up_to_days)


@dataclass(frozen=True)
class BeforePolicy:
    """A step so long before an appointment, too late at `last` before it; none within `after_booking` of booking it."""

    before: timedelta
    last: timedelta
    after_booking: timedelta


@dataclass(frozen=True)
class UnconfirmedPolicy:
    """Nobody answered so long after the question was delivered: a person calls, until `last` before the appointment.

    `releases`: whether a child's slot may be given to somebody else instead: of children of `release_from_months` and
    older, until `release_last` before it, where the question had said so (ADR 17).
    """

    after: timedelta
    last: timedelta
    releases: bool
    release_last: timedelta
    release_from_months: int


@dataclass(frozen=True)
class UnreachedPolicy:
    """No receipt says so long after it was sent that it arrived: a person calls, until `last` before the visit."""

    after: timedelta
    last: timedelta


@dataclass(frozen=True)
class HeldBackPolicy:
    """What a limit held back is said again so long after, by Twilio's code; at most `most_tries` times in all."""

    again_after: Mapping[int, timedelta]
    most_tries: int


@dataclass(frozen=True)
class MorningPolicy:
    """A step on the appointment's day, if that begins at `begins_from` or later; too late at `last` before it."""

    time: clock_time
    begins_from: clock_time
    last: timedelta


@dataclass(frozen=True)
class AgainPolicy:
    """When somebody is told who asked for it in a part of the day."""

    morning: clock_time
    afternoon: clock_time


@dataclass(frozen=True)
class AfterPolicy:
    """A step so many days after the appointment's day; too late at the end of day `last_days`."""

    days: int
    time: clock_time
    last_days: int


@dataclass(frozen=True)
class Words:
    """What messages say of moments and visits; `visits` by service, or "other", where no title may be said."""

    visits: Mapping[str, str]
    day_pattern: str
    date_pattern: str
    between: str
    until: str
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    between_last: str

    def day(self, moment: datetime, zone: ZoneInfo) -> str:
        """The day in words, with its weekday."""
        local = moment.astimezone(zone)
        weekday, month = self.weekdays[local.weekday()], self.months[local.month - 1]
        return self.day_pattern.format(weekday=weekday, day=local.day, month=month)

    def span(self, first: date, last: date, today: date) -> str:
        """From when to when, in words; only until when, once it has begun."""
        said = {"first": self._date(first), "last": self._date(last)}
        return (self.between if first > today else self.until).format(**said)

    def _date(self, day: date) -> str:
        return self.date_pattern.format(day=day.day, month=self.months[day.month - 1])

    def visit(self, service: str) -> str:
        """What a visit of the service is called when nothing more is to be said of it."""
        return self.visits.get(service, self.visits["other"])

    def time(self, moment: datetime, zone: ZoneInfo) -> str:
        """The time of day: hours without a leading zero."""
        local = moment.astimezone(zone)
        return f"{local.hour}:{local.minute:02d}"

    def together(self, names: list[str]) -> str:
        """Several names as one phrase; empty for none."""
        return self.between_last.join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


@dataclass(frozen=True)
class Policy:
    """The whole policy of one date."""

    version: str
    as_of: str
    clinical_sign_off: str
    sources: tuple[Mapping[str, str], ...]
    hours: Hours
    morning_hours: Hours
    calendar: CalendarPolicy
    confirm: BeforePolicy
    unconfirmed: UnconfirmedPolicy
    unreached: UnreachedPolicy
    held_back: HeldBackPolicy
    remind: BeforePolicy
    morning: MorningPolicy
    after: AfterPolicy
    offer: AfterPolicy
    missed_overdue: AfterPolicy
    again: AgainPolicy
    look_back: timedelta
    horizon: timedelta
    words: Words
