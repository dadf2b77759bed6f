"""The natural keys of groups and steps: what names them for ever. Pure."""

from __future__ import annotations

from datetime import UTC

from latido.reminders.rules.steps import Appointment, Subject

CALENDAR_STEPS = frozenset(("book", "book_again", "tell"))


def calendar_group(resident: str, subject: Subject, code: str) -> str:
    """The group of something due by a calendar; a corrected date does not change it."""
    return f"{resident}:{subject.role}:{subject.anchor}:{code}"


def appointment_group(resident: str, subject: Subject, appointment: Appointment) -> str:
    """The group of an appointment at its time: a moved one is another."""
    start = appointment.start.astimezone(UTC)
    return f"{resident}:{subject.role}:appointment:{appointment.id}:{start:%Y%m%dT%H%MZ}"


def is_calendar_message(key: str) -> bool:
    """Whether the key is of a message by the calendar, said for the first time or once more."""
    names = [part for part in key.split(":") if not part.isdigit()]
    return names[-1] in CALENDAR_STEPS
