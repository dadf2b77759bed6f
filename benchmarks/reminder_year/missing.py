"""Everybody in time: was it said, for each milestone and appointment; and if not, what stood against it?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from benchmarks.reminder_year.calendars import Milestone, milestones, policy
from benchmarks.reminder_year.diary import Diary, Heard
from benchmarks.reminder_year.stories import Appointment, Story, Subject, of_hers
from benchmarks.reminder_year.wrongs import (
    DAY,
    OF_THE_CALENDAR,
    Violation,
    at,
    is_about_hers,
    local_day,
    spans_of,
    was_seen,
)
from latido.care.services import BUENOS_AIRES

# Who told us a moment ago is offered the visit in the chat: a day later she must have heard.
TOLD = timedelta(days=2)
HALF_HOUR, STRETCH = timedelta(minutes=30), timedelta(hours=3)
WITHIN_REACH = 7


@dataclass
class Tally:
    """How it went with all that was due: by kind, and then by outcome."""

    due: Counter[str] = field(default_factory=Counter)
    outcomes: dict[str, Counter[str]] = field(default_factory=dict)
    days_waited: list[int] = field(default_factory=list)

    def count(self, kind: str, outcome: str) -> None:
        """One more."""
        self.due[kind] += 1
        self.outcomes.setdefault(kind, Counter())[outcome] += 1


class Judge:
    """Holds what was due against what was said, for one run."""

    def __init__(self, diary: Diary, stories: dict[int, Story]) -> None:
        self._diary, self._stories = diary, stories
        self.tally = Tally()
        self._heard: dict[int, list[Heard]] = {}
        for heard in diary.heard:
            self._heard.setdefault(heard.resident, []).append(heard)

    def missing(self) -> Iterator[Violation]:
        """Everything that was due, could have been said, and was not."""
        for story in self._stories.values():
            said = self._heard.get(story.number, [])
            for subject in story.subjects:
                for milestone in milestones(subject.service):
                    yield from self._milestone(story, subject, milestone, said)
            for appointment in story.appointments.values():
                yield from self._appointment(story, appointment, said)

    def _milestone(
        self, story: Story, subject: Subject, milestone: Milestone, said: Sequence[Heard]
    ) -> Iterator[Violation]:
        days = list(self._days(subject, milestone))
        if not days:
            return
        first = next((each for each in said if _speaks_of(each, subject, milestone)), None)
        if first is not None:
            self.tally.count(milestone.kind, "said in time")
            self._waited(milestone, first, days)
            return
        standing = [self.against(story, subject, milestone, day, said) for day in days]
        if "" in standing:
            self.tally.count(milestone.kind, "missing")
            free = days[standing.index("")]
            yield Violation(story.number, at(free, "10:00"), "not said", f"{subject.role} {milestone.code}")
        else:
            self.tally.count(milestone.kind, _most(standing))

    def first_said(self, story: Story, subject: Subject, milestone: Milestone) -> datetime | None:
        """When her phone first showed something of it."""
        said = self._heard.get(story.number, [])
        return next((each.at for each in said if _speaks_of(each, subject, milestone)), None)

    def _waited(self, milestone: Milestone, first: Heard, days: Sequence[date]) -> None:
        """How many days later than the first on which nothing of hers stood against it."""
        if milestone.kind == "checkup":
            self.tally.days_waited.append(max((local_day(first.at) - days[0]).days, 0))

    def _days(self, subject: Subject, milestone: Milestone) -> Iterator[date]:
        """The days of the year on which it was due, as its dates were known on each."""
        day = local_day(subject.told)
        end = local_day(self._diary.end) - DAY
        while day <= end:
            zero = subject.zero(at(day, "00:00")) if day > local_day(subject.told) else subject.zero(subject.told)
            if zero is not None and milestone.is_for(zero) and _lives(subject, day):
                first, last = milestone.dates(zero)
                if first <= day <= last:
                    yield day
            day += DAY

    def against(self, story: Story, subject: Subject, milestone: Milestone, day: date, said: Sequence[Heard]) -> str:
        """What stood against saying it on that day; nothing: it should have been said by then."""
        begins, ends = at(day, "00:00"), at(day + DAY, "00:00")
        zero = subject.zero(begins)
        if zero is None or begins < subject.told + TOLD:
            return "told too late for it"
        if not story.wants.hold(begins - DAY, ends):
            return "no reminders wanted"
        if not subject.alive.hold(begins, ends):
            return "pregnancy over"
        if (day - zero).days >= policy()["calendar"]["pregnancy_ends_on_day"] and subject.service == "prenatal":
            return "pregnancy over"
        if not story.reachable.hold(begins - DAY, ends):
            return "phone not reachable"
        if story.is_done(subject.role, milestone.code, ends):
            return "done, as she told"
        if milestone.kind == "checkup" and _has_visit(story, subject, milestone.dates(zero), begins, ends):
            return "visited, booked or missed: cleared"
        if self._is_out(begins - HALF_HOUR, ends):
            return "outage"
        return "no room: other notices within three days" if _is_crowded(said, day) else ""

    def _is_out(self, begins: datetime, ends: datetime) -> bool:
        return any(each.begins < ends and begins < each.ends for each in self._diary.outages)

    def _appointment(self, story: Story, appointment: Appointment, said: Sequence[Heard]) -> Iterator[Violation]:
        spans = spans_of(appointment)
        mine = [each for each in said if each.appointment == appointment.id and each.starts == appointment.start]
        for name, may in self._obliged(story, appointment).items():
            first, last = spans[name]
            if any(each.name == name and each.is_shown for each in mine):
                self.tally.count(name, "said in time")
                continue
            free = _stretch(first, min(last, self._diary.end), may)
            if free is None:
                continue
            if any(each.name == name for each in mine):
                self.tally.count(name, "held back or refused by WhatsApp")
                continue
            self.tally.count(name, "missing")
            yield Violation(
                story.number, free, f"{name} not said", f"appointment of {appointment.start:%Y-%m-%d %H:%M}"
            )

    def _obliged(self, story: Story, appointment: Appointment) -> dict[str, Callable[[datetime], bool]]:
        """For each step that must be said: at which moments nothing stands against it."""
        rules, start = policy()["appointment"], appointment.start
        wanted: dict[str, Callable[[datetime], bool]] = {}

        def open_at(moment: datetime) -> bool:
            return appointment.stands(moment) and self._may_write(story, appointment, moment)

        for name in ("confirm", "remind"):
            first = start - timedelta(hours=rules[name]["hours_before"])
            if appointment.booked + timedelta(hours=rules[name]["hours_after_booking"] + 12) <= first:
                wanted[name] = open_at
        if "confirm" in wanted:
            wanted["confirm"] = lambda moment: open_at(moment) and not _said_yes(appointment, moment)
        if f"{start.astimezone(BUENOS_AIRES):%H:%M}" >= rules["morning"]["begins_from"]:
            wanted["morning"] = open_at
        wanted["after"] = lambda moment: (
            open_at(moment) and not was_seen(story, appointment, moment) and not _told_done(story, appointment, moment)
        )
        wanted["offer"] = lambda moment: self._may_offer(story, appointment, moment)
        return wanted

    def _may_offer(self, story: Story, missed: Appointment, moment: datetime) -> bool:
        hers = of_hers(story.appointments.values(), missed.role, missed.service)
        has_later = any(each.start > missed.start and each.stands(moment) for each in hers)
        asked = any(
            each.appointment == missed.id and each.name == "after" and each.at + 2 * DAY > moment
            for each in self._heard.get(story.number, [])
        )
        known = missed.is_missed(moment - DAY) and not has_later and not asked and not _told_done(story, missed, moment)
        return known and not was_seen(story, missed, moment) and self._may_write(story, missed, moment)

    def _may_write(self, story: Story, appointment: Appointment, moment: datetime) -> bool:
        subject = story.subject(appointment.role, appointment.service)
        if not is_about_hers(subject, appointment, moment):
            return False
        opens = f"{moment.astimezone(BUENOS_AIRES):%H:%M}"
        in_hours = policy()["hours"]["opens"] <= opens < policy()["hours"]["closes"]
        may = story.wants.hold(moment) and story.reachable.hold(moment) and in_hours
        return may and not self._is_out(moment - HALF_HOUR, moment + HALF_HOUR)


def _lives(subject: Subject, day: date) -> bool:
    return subject.alive.hold(at(day, "12:00")) or subject.alive.hold(at(day, "23:59"))


def _speaks_of(heard: Heard, subject: Subject, milestone: Milestone) -> bool:
    if not heard.is_shown or (heard.role, heard.service) != (subject.role, subject.service):
        return False
    return heard.name in OF_THE_CALENDAR and (milestone.code in heard.codes or milestone.title in heard.text)


def _has_visit(story: Story, subject: Subject, dates: tuple[date, date], begins: datetime, ends: datetime) -> bool:
    """Whether an appointment or a visit near those days takes its place, at any time of this one."""
    near = dates[0] - WITHIN_REACH * DAY, dates[1] + WITHIN_REACH * DAY
    hers = of_hers(story.appointments.values(), subject.role, subject.service)
    days = [local_day(each.start) for each in hers if each.stands(begins) or each.stands(ends) or each.is_missed(ends)]
    seen = of_hers(story.seen, subject.role, subject.service)
    days += [local_day(each.start) for each in seen if each.at <= ends]
    return any(near[0] <= each <= near[1] for each in days)


def _is_crowded(said: Sequence[Heard], day: date) -> bool:
    """Whether another message of the calendars was near: one that WhatsApp held back had taken its day as well."""
    gap = policy()["calendar"]["gap_days"] * DAY
    return any(abs(local_day(each.at) - day) < gap for each in said if each.name in OF_THE_CALENDAR)


def _most(standing: Sequence[str]) -> str:
    """What stood against it on most days."""
    return Counter(standing).most_common(1)[0][0]


def _said_yes(appointment: Appointment, moment: datetime) -> bool:
    return appointment.accepted is not None and appointment.accepted <= moment


def _told_done(story: Story, appointment: Appointment, moment: datetime) -> bool:
    """Whether she had told that a check-up was done which the appointment may have been for."""
    subject, day = story.subject(appointment.role, appointment.service), local_day(appointment.start)
    zero = subject.zero(moment) if subject else None
    if zero is None:
        return False
    for milestone in (each for each in milestones(appointment.service) if each.kind == "checkup"):
        first, last = milestone.dates(zero)
        if first - WITHIN_REACH * DAY <= day <= last and story.is_done(appointment.role, milestone.code, moment):
            return True
    return False


def _stretch(first: datetime, last: datetime, may: Callable[[datetime], bool]) -> datetime | None:
    """When a stretch begins that is long enough for a worker to have said it; None: there is none."""
    moment, since = first, None
    while moment < last:
        since = (since or moment) if may(moment) else None
        if since is not None and moment - since >= STRETCH:
            return since
        moment += HALF_HOUR
    return None
