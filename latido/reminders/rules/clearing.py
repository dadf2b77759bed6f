"""What cleared a group: which of the messages said of it was followed by a booking or a visit. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from latido.care.rules.calendar import Calendar
from latido.reminders.rules.drafts import Frame
from latido.reminders.rules.keys import appointment_group, calendar_group
from latido.reminders.rules.moments import in_utc
from latido.reminders.rules.policy import Policy
from latido.reminders.rules.steps import Appointment, Known, Subject
from latido.reminders.rules.visits import checkups_by_appointment, is_held, is_visited, planned_for


@dataclass(frozen=True)
class Cleared:
    """What cleared a group, and when it was done, if that is known: the message before it is the one it followed."""

    by: Literal["booking", "visit"]
    at: datetime | None = None


def cleared_groups(
    known: Known, calendars: Mapping[str, Calendar], policy: Policy, zone: ZoneInfo, now: datetime
) -> dict[str, Cleared]:
    """The groups of hers that a booking or a visit has cleared. A visit says more than the booking before it."""
    frame = Frame(in_utc(known), policy, zone, now.astimezone(UTC))
    found: dict[str, Cleared] = {}
    for subject in frame.known.subjects:
        found |= _by_appointments(frame, subject, calendars.get(subject.service))
        for code in subject.done:
            group = calendar_group(known.resident, subject, code)
            found[group] = _visit(found.get(group), Cleared("visit"))
    return found


def _by_appointments(frame: Frame, subject: Subject, calendar: Calendar | None) -> dict[str, Cleared]:
    items = planned_for(subject, calendar, frame.today)
    checkups = checkups_by_appointment(subject, items, frame.policy.calendar, frame.zone)
    found: dict[str, Cleared] = {}
    for each in subject.appointments:
        one = _what(each)
        if one is None:
            continue
        if each.id in checkups:
            group = calendar_group(frame.known.resident, subject, checkups[each.id].code)
            found[group] = _visit(found.get(group), one)
        if one.by == "visit":
            found[appointment_group(frame.known.resident, subject, each)] = one
    return found


def _what(appointment: Appointment) -> Cleared | None:
    if is_visited(appointment):
        return Cleared("visit", appointment.start)
    return Cleared("booking", appointment.booked_at) if is_held(appointment) else None


def _visit(before: Cleared | None, now: Cleared) -> Cleared:
    return before if before and before.by == "visit" and now.by == "booking" else now
