"""What is known, its moments in UTC: in any other zone Python adds hours on the wall clock, not in time. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC

from latido.reminders.rules.steps import Appointment, Delivery, Known, Reach, Subject


def in_utc(known: Known) -> Known:
    """The same, every moment in UTC."""
    return replace(
        known,
        subjects=tuple(_subject(each) for each in known.subjects),
        asked_for={key: moment.astimezone(UTC) for key, moment in known.asked_for.items()},
        said={key: moment.astimezone(UTC) for key, moment in known.said.items()},
        delivered={key: _delivery(one) for key, one in known.delivered.items()},
        wrote_at=known.wrote_at.astimezone(UTC) if known.wrote_at else None,
        reach=_reach(known.reach),
    )


def _reach(reach: Reach) -> Reach:
    return replace(
        reach,
        away_since=reach.away_since.astimezone(UTC) if reach.away_since else None,
        not_arrived={key: moment.astimezone(UTC) for key, moment in reach.not_arrived.items()},
        failed={key: moment.astimezone(UTC) for key, moment in reach.failed.items()},
    )


def _delivery(one: Delivery) -> Delivery:
    return replace(one, tried_at=one.tried_at.astimezone(UTC), at=one.at.astimezone(UTC))


def _subject(subject: Subject) -> Subject:
    appointments = tuple(_appointment(each) for each in subject.appointments)
    return replace(subject, since=subject.since.astimezone(UTC), appointments=appointments)


def _appointment(appointment: Appointment) -> Appointment:
    booked_at = appointment.booked_at.astimezone(UTC) if appointment.booked_at else None
    return replace(appointment, start=appointment.start.astimezone(UTC), booked_at=booked_at)
