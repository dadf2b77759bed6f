"""Nobody wrongly, nobody twice: each reminder that a phone showed is held against the resident's story."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from benchmarks.reminder_year.calendars import Milestone, milestones, policy
from benchmarks.reminder_year.diary import Diary, Heard
from benchmarks.reminder_year.stories import Appointment, Story, Subject, of_hers
from latido.care.services import BUENOS_AIRES

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OF_THE_CALENDAR = ("book", "book_again", "tell")
# A worker looks every half hour here, and settles an unknown outcome some seconds later.
LATE = timedelta(minutes=5)


@dataclass(frozen=True)
class Violation:
    """Something that must not be: `resident` and the run's seed show it again."""

    resident: int
    at: datetime
    what: str
    about: str

    def __str__(self) -> str:
        return (
            f"resident {self.resident}, {self.at.astimezone(BUENOS_AIRES):%Y-%m-%d %H:%M}: {self.what} ({self.about})"
        )


def local_day(moment: datetime) -> date:
    """The city's day."""
    return moment.astimezone(BUENOS_AIRES).date()


def at(day: date, clock: str | time) -> datetime:
    """A time of the city's day."""
    return datetime.combine(day, time.fromisoformat(clock) if isinstance(clock, str) else clock, BUENOS_AIRES)


def wrongs(diary: Diary, stories: dict[int, Story]) -> Iterator[Violation]:
    """Everything that was said and should not have been."""
    said: dict[tuple[int, str], Heard] = {}
    about: dict[tuple[object, ...], Heard] = {}
    for heard in diary.heard:
        if not heard.is_shown:
            continue
        story = stories[heard.resident]
        for what in _wrong(story, heard):
            yield Violation(heard.resident, heard.at, what, f"{heard.name} {','.join(heard.codes)}")
        if (heard.resident, heard.step) in said:
            yield Violation(heard.resident, heard.at, "said twice", heard.name)
        said[heard.resident, heard.step] = heard
        same = (heard.resident, heard.role, heard.service, heard.name, heard.codes[:1], heard.appointment, heard.starts)
        same = same if heard.kind != "content" else (heard.resident, heard.step)
        if same in about and about[same].step not in story.again:
            yield Violation(heard.resident, heard.at, "the same thing twice", heard.name)
        about[same] = heard


def _wrong(story: Story, heard: Heard) -> Iterator[str]:
    subject = story.subject(heard.role, heard.service)
    wants = story.wants_content if heard.name == "tip" else story.wants
    if not wants.hold(heard.at):
        yield "said to one who wanted no reminders"
    if not is_about_hers(subject, story.appointments.get(heard.appointment or ""), heard.at):
        yield "said after a loss or a birth, or of nobody"
    elif subject is not None and heard.name in OF_THE_CALENDAR:
        yield from _of_the_calendar(story, subject, heard)
    hours = policy()["morning_hours" if heard.name == "morning" else "hours"]
    if not hours["opens"] <= f"{heard.at.astimezone(BUENOS_AIRES):%H:%M}" < hours["closes"]:
        yield "said in quiet hours"
    if heard.appointment is not None:
        yield from _of_an_appointment(story, heard)


def is_about_hers(subject: Subject | None, appointment: Appointment | None, moment: datetime) -> bool:
    """Whether somebody may be spoken of: until a loss or a birth, and then of an appointment she made after it.

    A woman who has given birth and moves her appointment of the pregnancy wants to be seen: it is hers as any other.
    """
    if subject is None:
        return False
    is_later = appointment is not None and not subject.alive.hold(appointment.booked)
    return subject.alive.hold(moment) or is_later


def _of_the_calendar(story: Story, subject: Subject, heard: Heard) -> Iterator[str]:
    by_code = {each.code: each for each in milestones(subject.service)}
    zero, day = subject.zero(heard.at), local_day(heard.at)
    if zero is None:
        yield "dates are spoken of that nobody knows"
        return
    if subject.service == "prenatal" and (day - zero).days >= policy()["calendar"]["pregnancy_ends_on_day"]:
        yield "said after 42 weeks"
    for code in heard.codes:
        first, last = by_code[code].dates(zero)
        if not first - lead(by_code[code], zero) <= day <= last:
            yield f"said outside of its dates, {first} to {last}"
        if story.is_done(heard.role, code, heard.at):
            yield "said after she had told that it was done"
        if by_code[code].kind == "checkup" and is_covered(story, subject, (first, last), heard.at):
            yield "said although its visit has happened or is booked"
    if (
        heard.name != "tell"
        and subject.is_exact(heard.at)
        and not any(by_code[c].title in heard.text for c in heard.codes)
    ):
        yield "its words do not name it"


def lead(milestone: Milestone, zero: date) -> timedelta:
    """How long before its first day it may be said."""
    if milestone.kind != "checkup":
        return 0 * DAY
    first, last = milestone.dates(zero)
    paces = policy()["calendar"]["paces"]
    days = (last - first).days + 1
    return next(pace for pace in paces if days <= pace.get("up_to_days", days))["book_days_before"] * DAY


def is_covered(story: Story, subject: Subject, dates: tuple[date, date], moment: datetime) -> bool:
    """Whether an appointment stands, or a visit is known, within these days."""
    days = [local_day(each.start) for each in _standing(story, subject, moment)]
    seen = of_hers(story.seen, subject.role, subject.service)
    days += [local_day(each.start) for each in seen if each.at <= moment]
    return any(dates[0] <= day <= dates[1] for day in days)


def _standing(story: Story, subject: Subject, moment: datetime) -> list[Appointment]:
    hers = of_hers(story.appointments.values(), subject.role, subject.service)
    return [each for each in hers if each.stands(moment)]


def _of_an_appointment(story: Story, heard: Heard) -> Iterator[str]:
    appointment = story.appointments.get(heard.appointment or "")
    if appointment is None or appointment.start != heard.starts:
        yield "said of an appointment she does not have"
        return
    if heard.name == "offer":
        if not appointment.is_missed(heard.at):
            yield "another one is offered for one she did not miss"
        if _has_later(story, appointment, heard.at):
            yield "another one is offered although there is one"
    elif not appointment.stands(heard.at):
        yield f"said after it was {appointment.why}"
    spans = spans_of(appointment)
    if heard.name not in spans:
        yield "nothing of this kind is to be said to her"
        return
    first, last = spans[heard.name]
    again = heard.step not in _first_steps(heard)
    if not (again or first <= heard.at) or heard.at > last + LATE:
        yield f"said outside of its time, {first:%m-%d %H:%M} to {last:%m-%d %H:%M}"
    if heard.name == "confirm" and appointment.accepted and appointment.accepted <= heard.at:
        yield "asked although she had said yes"
    if was_seen(story, appointment, heard.at):
        yield "said after the visit"


def _first_steps(heard: Heard) -> tuple[str, ...]:
    return (heard.step,) if heard.step.endswith(heard.name) else ()


def was_seen(story: Story, appointment: Appointment, moment: datetime) -> bool:
    """Whether it was known by then that she went to it, perhaps somewhat early, or to a later one."""
    seen = of_hers(story.seen, appointment.role, appointment.service)
    return any(each.start > appointment.start - 6 * HOUR and each.at <= moment for each in seen)


def _has_later(story: Story, missed: Appointment, moment: datetime) -> bool:
    hers = of_hers(story.appointments.values(), missed.role, missed.service)
    return any(each.start > missed.start and each.stands(moment) for each in hers)


def spans_of(appointment: Appointment) -> dict[str, tuple[datetime, datetime]]:
    """From when to when each step of an appointment may be said, by the policy."""
    start, rules = appointment.start, policy()
    before, missed, day = rules["appointment"], rules["missed"], local_day(appointment.start)

    def ahead(name: str) -> tuple[datetime, datetime]:
        return start - before[name]["hours_before"] * HOUR, start - before[name]["last_hours_before"] * HOUR

    def behind(step: dict[str, object]) -> tuple[datetime, datetime]:
        first, last = day + int(str(step["days"])) * DAY, day + int(str(step["last_days"])) * DAY
        return at(first, str(step["time"])), at(last, rules["hours"]["closes"])

    morning = before["morning"]
    return {
        "confirm": ahead("confirm"),
        "remind": ahead("remind"),
        "morning": (at(day, morning["time"]), start - timedelta(minutes=morning["last_minutes_before"])),
        "after": behind(before["after"]),
        "offer": behind(missed["offer"]),
    }
