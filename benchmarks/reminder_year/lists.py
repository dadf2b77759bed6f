"""The operators' list: nobody on it wrongly or for too long, and everybody whose check-up nobody booked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from benchmarks.reminder_year.calendars import Milestone, milestones, policy
from benchmarks.reminder_year.diary import Diary, Listed
from benchmarks.reminder_year.missing import WITHIN_REACH, Judge
from benchmarks.reminder_year.stories import Story, Subject
from benchmarks.reminder_year.wrongs import DAY, HOUR, Violation, is_about_hers, is_covered, local_day
from latido.care.services import BUENOS_AIRES

# A worker looks every half hour here; what the desk writes of a visit without an appointment counts at the next plan.
SOON = timedelta(hours=2)
# Days to book between being told of a check-up and the list, and again after being told a second time.
ROOM = 12 * DAY


def wrong_lists(diary: Diary, stories: dict[int, Story]) -> Iterator[Violation]:
    """Everybody who was put on the list, or left on it, and should not have been."""
    for row in diary.listed:
        for what in (*_wrongly(stories[row.resident], row), *_too_long(diary, stories[row.resident], row)):
            yield Violation(row.resident, row.at, what, f"{row.name} {','.join(row.codes)}")


def _wrongly(story: Story, row: Listed) -> Iterator[str]:
    subject = story.subject(row.role, row.service)
    appointment = story.appointments.get(row.appointment or "")
    if not story.wants.hold(row.at):
        yield "listed although she wants no reminders"
    if not is_about_hers(subject, appointment, row.at):
        yield "listed after a loss or a birth, or of nobody"
    elif row.appointment is not None:
        missed = row.kind == "missed"
        if appointment is None or not (appointment.is_missed(row.at) if missed else appointment.stands(row.at)):
            yield "listed of an appointment that she has no more, or did not miss"
        elif not missed and (row.at >= appointment.start or _said_yes(appointment.accepted, row.at)):
            yield "listed although it is over or she had said yes"
    elif subject is not None:
        yield from _of_a_check_up(story, subject, row)


def _of_a_check_up(story: Story, subject: Subject, row: Listed) -> Iterator[str]:
    zero, by_code = subject.zero(row.at), {each.code: each for each in milestones(subject.service)}
    if zero is None:
        yield "listed by dates that nobody knows"
        return
    for code in row.codes:
        first, last = by_code[code].dates(zero)
        if not first <= local_day(row.at) <= last + _kept():
            yield f"listed outside of its dates, {first} to {last}"
        if story.is_done(row.role, code, row.at) or is_covered(story, subject, (first, last), row.at):
            yield "listed although its visit has happened or is booked"


def _too_long(diary: Diary, story: Story, row: Listed) -> Iterator[str]:
    """A loss, a birth, BAJA, an acceptance or a cancellation takes her off, as soon as a worker can see it."""
    until = row.until or diary.end
    subject, appointment = story.subject(row.role, row.service), story.appointments.get(row.appointment or "")
    moment = row.at
    while moment + SOON <= until:
        over = not story.wants.hold(moment) or not is_about_hers(subject, appointment, moment)
        if appointment is not None and row.kind != "missed":
            over |= not appointment.stands(moment) or _said_yes(appointment.accepted, moment)
        if over and not any(each.begins < moment + SOON and moment < each.ends + SOON for each in diary.outages):
            yield f"still listed at {moment.astimezone(BUENOS_AIRES):%m-%d %H:%M} when it was over"
            return
        moment += HOUR


def unlisted(diary: Diary, stories: dict[int, Story], judge: Judge) -> Iterator[Violation]:
    """Every check-up she was told of in time, for which nothing was booked, and of which no operator was told."""
    for story in stories.values():
        for subject in story.subjects:
            for milestone in (each for each in milestones(subject.service) if each.kind == "checkup"):
                if (told := judge.first_said(story, subject, milestone)) is not None:
                    yield from _is_unlisted(diary, story, subject, milestone, told, judge)


def _is_unlisted(
    diary: Diary, story: Story, subject: Subject, milestone: Milestone, told: datetime, judge: Judge
) -> Iterator[Violation]:
    zero = subject.zero(told)
    if zero is None:
        return
    last = milestone.dates(zero)[1]
    days = [last - DAY + number * DAY for number in range(_kept().days)]
    is_known = all(subject.zero(_noon(day)) == zero for day in days)
    if not is_known or local_day(told) + ROOM > last or days[-1] >= local_day(diary.end):
        return
    if any(judge.against(story, subject, milestone, day, ()) for day in days):
        return
    if (
        milestone.service == "prenatal"
        and (last - zero).days + WITHIN_REACH >= policy()["calendar"]["pregnancy_ends_on_day"]
    ):
        return
    is_listed = any(
        (each.resident, each.role, each.name) == (story.number, subject.role, "overdue")
        and milestone.code in each.codes
        for each in diary.listed
    )
    judge.tally.count("overdue", "said in time" if is_listed else "missing")
    if not is_listed:
        yield Violation(story.number, _noon(last), "not listed", f"{subject.role} {milestone.code}")


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=BUENOS_AIRES)


def _kept() -> timedelta:
    return int(policy()["calendar"]["overdue"]["kept_days"]) * DAY


def _said_yes(accepted: datetime | None, moment: datetime) -> bool:
    return accepted is not None and accepted <= moment
