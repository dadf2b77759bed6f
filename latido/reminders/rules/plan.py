"""What ought to be said to a resident, and when: the whole plan, from what is known of her now. Pure (ADR 15)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from latido.care.rules.calendar import Calendar
from latido.reminders.rules.appointments import appointment_drafts
from latido.reminders.rules.checkups import calendar_drafts
from latido.reminders.rules.drafts import Draft, Frame, heed
from latido.reminders.rules.moments import in_utc
from latido.reminders.rules.policy import Policy
from latido.reminders.rules.spread import settle
from latido.reminders.rules.steps import Known, Step, Subject
from latido.reminders.rules.unreached import heed_reach
from latido.reminders.rules.visits import checkups_by_appointment, planned_for, settled_codes


def plan(known: Known, calendars: Mapping[str, Calendar], policy: Policy, zone: ZoneInfo, now: datetime) -> list[Step]:
    """The steps that ought to exist and were not said, in order of time; `calendars` by service, `now` is aware.

    Nothing for who wants no reminders or is silent, and nothing of what is known to be done.
    """
    if known.is_silent or not known.wants_reminders:
        return []
    frame = Frame(in_utc(known), policy, zone, now.astimezone(UTC))
    drafts = [draft for each in frame.known.subjects for draft in _drafts(frame, each, calendars.get(each.service))]
    # Told twice of the same pregnancy or appointment, it is one.
    single = {draft.step.key: draft for draft in drafts}
    steps = heed_reach(frame, settle(frame, [wish for draft in single.values() if (wish := heed(frame, draft))]))
    return sorted(
        (step for step in steps if step.due_at <= frame.now + policy.horizon), key=lambda one: (one.due_at, one.key)
    )


def _drafts(frame: Frame, subject: Subject, calendar: Calendar | None) -> list[Draft]:
    items = planned_for(subject, calendar, frame.today)
    checkups = checkups_by_appointment(subject, items, frame.policy.calendar, frame.zone)
    settled = settled_codes(subject, items, checkups, frame.policy.calendar, frame.zone)
    return calendar_drafts(frame, subject, items, settled) + appointment_drafts(frame, subject, checkups)
