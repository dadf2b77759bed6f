"""What is said before and after an appointment, and when she did not come. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from latido.care.fhir_names import PEDIATRIC
from latido.care.rules.calendar import Planned
from latido.care.rules.growth import completed_months
from latido.reminders.rules.drafts import Draft, Frame
from latido.reminders.rules.keys import appointment_group
from latido.reminders.rules.policy import AfterPolicy, BeforePolicy
from latido.reminders.rules.quiet import Hours
from latido.reminders.rules.steps import LISTED, Appointment, Delivery, GroupKind, Step, StepName, Subject
from latido.reminders.rules.visits import is_exact, is_followed, is_missed, is_told_of

A_DAY = timedelta(days=1)
# The question that says what becomes of the slot if nobody answers it.
WARNED = "appointment_confirm_warned"


@dataclass(frozen=True)
class _Whose:
    """An appointment, whose it is, and the check-up it is for."""

    frame: Frame
    subject: Subject
    appointment: Appointment
    checkup: Planned | None


def appointment_drafts(frame: Frame, subject: Subject, checkups: Mapping[str, Planned]) -> list[Draft]:
    """The steps of its appointments; `checkups`: the check-up of each, by the appointment's id, if it is for one."""
    drafts: list[Draft | None] = []
    for appointment in subject.appointments:
        whose = _Whose(frame, subject, appointment, checkups.get(appointment.id))
        if appointment.status == "booked" and appointment.answer != "declined":
            drafts += [_confirm(whose), _unconfirmed(whose), _remind(whose), _morning(whose), _after(whose)]
        elif appointment.was_released:
            drafts.append(_released(whose))
        elif is_missed(subject, appointment) and not is_followed(subject, appointment) and not _is_done(whose):
            drafts += [_offer(whose), _overdue(whose)]
    return [draft for draft in drafts if draft is not None]


def _confirm(whose: _Whose) -> Draft | None:
    if whose.appointment.answer == "accepted":
        return None
    policy = whose.frame.policy.confirm
    draft = _before(whose, "confirm", policy, whose.appointment.start - policy.last)
    return draft.of_template(WARNED) if draft and _may_be_released(whose) else draft


def _unconfirmed(whose: _Whose) -> Draft | None:
    """Asked whether she comes, and silent since: somebody calls, or the slot is given to another one."""
    asked, policy = _asked(whose), whose.frame.policy.unconfirmed
    wrote = whose.frame.known.wrote_at
    if asked is None or whose.appointment.answer is not None or (wrote is not None and wrote >= asked.tried_at):
        return None
    moment, start = asked.at + policy.after, whose.appointment.start
    until = start - policy.release_last
    if asked.template == WARNED and _may_be_released(whose) and max(moment, whose.frame.now) <= until:
        return _draft(whose, "appointment", "release", moment, until)
    return _draft(whose, "appointment", "unconfirmed", moment, start - policy.last)


def _released(whose: _Whose) -> Draft:
    """It was given to somebody else: she is told, and may book anew."""
    asked, policy, start = _asked(whose), whose.frame.policy.unconfirmed, whose.appointment.start
    moment = asked.at + policy.after if asked else start - policy.release_last
    return _draft(whose, "appointment", "released", moment, start)


def _asked(whose: _Whose) -> Delivery | None:
    """When the question last reached her phone."""
    question = f"{appointment_group(whose.frame.known.resident, whose.subject, whose.appointment)}:confirm"
    found = [one for key, one in whose.frame.known.delivered.items() if f"{key}:".startswith(f"{question}:")]
    return max(found, key=lambda one: one.at, default=None)


def _may_be_released(whose: _Whose) -> bool:
    """Whether the policy lets the slot go without a call: never a pregnant woman's, a baby's, or what is urgent."""
    policy, born = whose.frame.policy.unconfirmed, whose.subject.birth_date
    appointment = whose.appointment
    if not (policy.releases and appointment.is_ours and appointment.service == PEDIATRIC):
        return False
    return (
        appointment.is_top is False
        and born is not None
        and completed_months(born, whose.frame.today) >= policy.release_from_months
    )


def _remind(whose: _Whose) -> Draft | None:
    """A day before; on the very day only where nothing is said that morning."""
    frame, policy, start = whose.frame, whose.frame.policy.remind, whose.appointment.start
    last = start - policy.last
    if _morning(whose) is not None:
        last = min(last, frame.at(start.astimezone(frame.zone).date(), frame.policy.morning_hours.opens))
    return _before(whose, "remind", policy, last)


def _before(whose: _Whose, name: StepName, policy: BeforePolicy, last: datetime) -> Draft | None:
    appointment = whose.appointment
    moment = whose.frame.allowed(appointment.start - policy.before)
    if appointment.booked_at is not None and moment < appointment.booked_at + policy.after_booking:
        return None
    return _draft(whose, "appointment", name, moment, last) if moment <= last else None


def _morning(whose: _Whose) -> Draft | None:
    frame, policy, start = whose.frame, whose.frame.policy.morning, whose.appointment.start
    local = start.astimezone(frame.zone)
    if local.time() < policy.begins_from:
        return None
    moment = frame.at(local.date(), policy.time)
    return _draft(whose, "appointment", "morning", moment, start - policy.last, frame.policy.morning_hours)


def _after(whose: _Whose) -> Draft | None:
    """Whether she could go: asked unless she is known to have gone, then or later."""
    subject, appointment = whose.subject, whose.appointment
    if (
        appointment.start < subject.since
        or appointment.went
        or _is_done(whose)
        or is_followed(subject, appointment, by_visit=True)
    ):
        return None
    return _days_after(whose, "appointment", "after", whose.frame.policy.after)


def _offer(whose: _Whose) -> Draft:
    """Another slot; a day after she was asked whether she went, because she is offered one when she answers that."""
    draft = _days_after(whose, "missed", "offer", whose.frame.policy.offer)
    asked = whose.frame.known.said.get(f"{draft.step.group}:after")
    return draft.wanting(max(draft.step.due_at, whose.frame.allowed(asked + A_DAY))) if asked else draft


def _overdue(whose: _Whose) -> Draft:
    return _days_after(whose, "missed", "overdue", whose.frame.policy.missed_overdue)


def _days_after(whose: _Whose, kind: GroupKind, name: StepName, policy: AfterPolicy) -> Draft:
    frame = whose.frame
    day = whose.appointment.start.astimezone(frame.zone).date()
    last = frame.end_of(day + policy.last_days * A_DAY)
    return _draft(whose, kind, name, frame.at(day + policy.days * A_DAY, policy.time), last)


def _is_done(whose: _Whose) -> bool:
    return whose.checkup is not None and whose.checkup.code in whose.subject.done


def _draft(
    whose: _Whose, kind: GroupKind, name: StepName, moment: datetime, last: datetime, hours: Hours | None = None
) -> Draft:
    frame, subject, appointment = whose.frame, whose.subject, whose.appointment
    group = appointment_group(frame.known.resident, subject, appointment)
    is_listed = name in LISTED
    step = Step(
        key=f"{group}:{name}",
        group=group,
        kind=kind,
        name=name,
        role=subject.role,
        service=appointment.service,
        due_at=moment,
        not_after=last,
        template="" if is_listed else f"{kind}_{name}",
        variables=_variables(whose),
        appointment_id=appointment.id,
        code=whose.checkup.code if whose.checkup else None,
        is_listed=is_listed,
        codes=(whose.checkup.code,) if whose.checkup else (),
    )
    return Draft(step, hours or frame.policy.hours)


def _variables(whose: _Whose) -> Mapping[str, str]:
    words, zone, start = whose.frame.policy.words, whose.frame.zone, whose.appointment.start
    is_named = whose.checkup is not None and is_exact(whose.subject)
    # Of somebody who told of no pregnancy, or whose pregnancy is over, nothing says that it is for one.
    service = whose.appointment.service if is_told_of(whose.subject) else ""
    return {
        "who": whose.subject.given_name or "",
        "what": whose.checkup.title if whose.checkup and is_named else words.visit(service),
        "day": words.day(start, zone),
        "time": words.time(start, zone),
        "place": whose.appointment.place,
    }
