"""Which check-up an appointment is for, and which check-ups need no reminder to book. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from latido.care.rules.calendar import Calendar, Planned, plan
from latido.reminders.rules.policy import CalendarPolicy
from latido.reminders.rules.quiet import day_of
from latido.reminders.rules.steps import Appointment, Subject

VISITED = frozenset(("fulfilled", "arrived", "checked-in"))
# A visit that began so long before its appointment, or less, is the visit of it.
SEEN_EARLY = timedelta(hours=6)


def begins_on(subject: Subject) -> date | None:
    """What its calendar counts from: the birth, or the middle of when the last period began; None: nobody knows."""
    if subject.birth_date is not None:
        return subject.birth_date
    if subject.age is None:
        return None
    earliest, latest = subject.age.last_period
    return earliest + (latest - earliest) // 2


def is_told_of(subject: Subject) -> bool:
    """Whether it is a pregnancy or a child that she told of, not just somebody's appointments."""
    return subject.anchor != subject.role or subject.birth_date is not None


def planned_for(subject: Subject, calendar: Calendar | None, today: date) -> list[Planned]:
    """All that its calendar holds for it, in order of time; nothing while nobody knows the dates."""
    begins = begins_on(subject)
    return plan(calendar, (begins, begins), today) if calendar and begins else []


def is_exact(subject: Subject) -> bool:
    """Whether messages may name a week: the birth date, the last period or the one week is known."""
    age = subject.age
    return age is None or age.lmp is not None or age.weeks_min == age.weeks_max


def is_dated(subject: Subject) -> bool:
    """Whether messages may name dates of the calendar: the birth date or the last period is known."""
    return subject.age is None or subject.age.lmp is not None


def checkups_by_appointment(
    subject: Subject, items: Iterable[Planned], calendar: CalendarPolicy, zone: ZoneInfo
) -> Mapping[str, Planned]:
    """The check-up each appointment is for, by the appointment's id: that of its window, or one that begins soon.

    Where she has been to that of its window some days before, it is for the one that begins soon.
    """
    checkups = [item for item in items if item.kind == "checkup"]
    found: dict[str, Planned] = {}
    been: dict[str, date] = {}
    for appointment in sorted(subject.appointments, key=lambda each: (each.start, each.id)):
        day = day_of(appointment.start, zone)
        begun = [each for each in checkups if each.first <= day <= each.last]
        fresh = [each for each in begun if day < been.get(each.code, day) + calendar.early_visit]
        soon = [each for each in checkups if day < each.first <= day + calendar.early_visit]
        if (begun or soon) and appointment.service == subject.service:
            found[appointment.id] = (fresh or soon or begun)[0]
            if is_visited(appointment):
                been.setdefault(found[appointment.id].code, day)
    return found


def settled_codes(
    subject: Subject,
    items: Iterable[Planned],
    checkups: Mapping[str, Planned],
    calendar: CalendarPolicy,
    zone: ZoneInfo,
) -> frozenset[str]:
    """The codes that were done, or whose check-up has an appointment: its steps stand in place of the check-up's.

    Who has an appointment a few days after the end of a window is not asked to book another one before.
    """
    ours = [each for each in subject.appointments if each.id in checkups]
    codes = {checkups[each.id].code for each in ours if is_held(each) or is_missed(subject, each)}
    days = [day_of(each.start, zone) for each in ours if is_held(each)]
    late = {item.code for item in items if item.kind == "checkup" and _is_made_late(item, days, calendar)}
    return subject.done | codes | late


def _is_made_late(item: Planned, days: Iterable[date], calendar: CalendarPolicy) -> bool:
    until = item.last + timedelta(days=calendar.pace(item.first, item.last).late_visit_days)
    return any(item.last < day <= until for day in days)


def is_held(appointment: Appointment) -> bool:
    """Whether she went, or has it still and did not say that she cannot come."""
    return is_visited(appointment) or (appointment.status == "booked" and appointment.answer != "declined")


def is_visited(appointment: Appointment) -> bool:
    """Whether she went: the health service has it so, or she told us."""
    return appointment.status in VISITED or appointment.went


def is_missed(subject: Subject, appointment: Appointment) -> bool:
    """Whether she did not come to one which we knew of, and had not said so before."""
    is_away = appointment.status == "noshow" and not appointment.went
    return is_away and appointment.answer != "declined" and appointment.start >= subject.since


def is_followed(subject: Subject, appointment: Appointment, by_visit: bool = False) -> bool:
    """Whether a later appointment of the service stands or was kept; `by_visit`: whether she went, to it or later.

    A centre may keep the visit apart from its appointment, begun when she was called: perhaps somewhat early.
    """
    begins = appointment.start - SEEN_EARLY if by_visit else appointment.start
    later = [each for each in subject.appointments if each.start > begins and each.id != appointment.id]
    return any(
        each.service == appointment.service and (is_visited(each) if by_visit else is_held(each)) for each in later
    )
