"""What becomes of the plan of somebody whom messages do not reach: a person calls about her appointment. Pure.

Check-ups and missed appointments have a list of the operators anyway (`overdue`); what is due by the calendar waits.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from latido.reminders.rules.drafts import Frame
from latido.reminders.rules.keys import appointment_group
from latido.reminders.rules.steps import Appointment, Step, Subject

# The steps that have to reach her before an appointment, without the question before them.
LAST_WORDS = ("remind", "morning")


def heed_reach(frame: Frame, steps: Sequence[Step]) -> list[Step]:
    """The steps, as far as they can reach her, and a call for each appointment she may not know of any more."""
    calls = [
        call
        for subject in frame.known.subjects
        for appointment in subject.appointments
        if (call := _call(frame, subject, appointment, steps)) is not None
    ]
    is_away = frame.known.reach.away_since is not None
    return [step for step in steps if step.is_listed or not is_away] + calls


def _call(frame: Frame, subject: Subject, appointment: Appointment, steps: Sequence[Step]) -> Step | None:
    if appointment.status != "booked" or appointment.answer in ("accepted", "declined"):
        return None
    group = appointment_group(frame.known.resident, subject, appointment)
    mine = [step for step in steps if step.group == group]
    moment, last = _moment(frame, group, mine), appointment.start - frame.policy.unreached.last
    if moment is None or any(step.is_listed for step in mine):
        return None
    due_at = frame.allowed(moment)
    if due_at > last or last <= frame.now:
        return None
    return Step(
        key=f"{group}:unreached",
        group=group,
        kind="appointment",
        name="unreached",
        role=subject.role,
        service=appointment.service,
        due_at=due_at,
        not_after=last,
        template="",
        variables=mine[0].variables if mine else {},
        appointment_id=appointment.id,
        code=mine[0].code if mine else None,
        is_listed=True,
        codes=mine[0].codes if mine else (),
    )


def _moment(frame: Frame, group: str, mine: Sequence[Step]) -> datetime | None:
    """When somebody should call; None while a message may still reach her, or one has."""
    reach, after = frame.known.reach, frame.policy.unreached.after
    beginnings = tuple(f"{group}:{name}" for name in LAST_WORDS)
    said = [key for key in frame.known.said if key.startswith(beginnings)]
    if any(key not in reach.not_arrived and key not in reach.failed for key in said):
        return None
    moments = [reach.failed[key] for key in said if key in reach.failed]
    moments += [reach.not_arrived[key] + after for key in said if key in reach.not_arrived]
    if reach.away_since is not None:
        moments += [max(step.due_at, reach.away_since) for step in mine if step.name in LAST_WORDS]
    return min(moments, default=None)
