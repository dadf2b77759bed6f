"""What is known, planned and said of a resident's people, on one axis of time. Pure; shown in three places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from latido.care.fhir_names import PRENATAL
from latido.care.rules.calendar import Calendar, Planned
from latido.reminders.rules.moments import in_utc
from latido.reminders.rules.policy import Policy
from latido.reminders.rules.quiet import day_of
from latido.reminders.rules.steps import Appointment, Known, Step, Subject
from latido.reminders.rules.visits import (
    VISITED,
    begins_on,
    checkups_by_appointment,
    is_exact,
    is_held,
    planned_for,
    settled_codes,
)
from latido.timeline import Fate, Item, ItemState, Note, PersonPlan, Timeline, Visit, VisitState, Whose, WhyNot

A_DAY = timedelta(days=1)
_FATES: Mapping[str, Fate] = {
    "pending": "planned",
    "claimed": "planned",
    "queued": "on_its_way",
    "sent": "sent",
    "failed": "failed",
    "listed": "listed",
    "cancelled": "withdrawn",
    "expired": "expired",
}


@dataclass(frozen=True)
class Said:
    """A row of a reminder with what is known of its message; `words` masked, None where there is none."""

    key: str
    role: str
    kind: str
    name: str
    state: str
    due_at: datetime
    codes: tuple[str, ...] = ()
    reason: str | None = None
    answer: str | None = None
    answered_at: datetime | None = None
    cleared_by: str | None = None
    sent_at: datetime | None = None
    delivered_at: datetime | None = None
    read_at: datetime | None = None
    words: str | None = None


@dataclass(frozen=True)
class Facts:
    """All that a timeline is made from; `steps` is the plan made of `known` at `now`."""

    known: Known
    steps: Sequence[Step]
    rows: Sequence[Said]
    calendars: Mapping[str, Calendar]
    policy: Policy
    zone: ZoneInfo
    now: datetime

    @property
    def today(self) -> date:
        """The local day."""
        return day_of(self.now, self.zone)


@dataclass(frozen=True)
class _Whose:
    """One of her people with her calendar; `settled`: codes for which nothing is to be booked."""

    facts: Facts
    subject: Subject
    items: Sequence[Planned]
    checkups: Mapping[str, Planned]
    settled: frozenset[str]

    @property
    def steps(self) -> list[Step]:
        """What is planned to be said of her."""
        return [each for each in self.facts.steps if each.role == self.subject.role]

    def visit_for(self, item: Planned) -> Appointment | None:
        """The appointment of a check-up: one that was kept before one that stands, the latest of those."""
        mine = [each for each in self.subject.appointments if self.checkups.get(each.id) == item]
        held = [each for each in mine if is_held(each)]
        return max(held, key=lambda each: (each.status in VISITED, each.start), default=None)


def timeline_of(facts: Facts) -> Timeline:
    """Everybody who is told of, each with what is due, booked, said and planned; what was said of others apart."""
    known = in_utc(facts.known)
    people = [_person(_whose(facts, subject)) for subject in known.subjects]
    roles = {subject.role for subject in known.subjects}
    titles = {item.code: item.title for calendar in facts.calendars.values() for item in calendar.items}
    others = [_note(row, titles) for row in facts.rows if row.role not in roles]
    return Timeline(
        now=facts.now,
        wants_reminders=known.wants_reminders,
        is_silent=known.is_silent,
        people=tuple(people),
        others=tuple(sorted(others, key=_in_time)),
    )


def _whose(facts: Facts, subject: Subject) -> _Whose:
    items = planned_for(subject, facts.calendars.get(subject.service), facts.today)
    checkups = checkups_by_appointment(subject, items, facts.policy.calendar, facts.zone)
    settled = settled_codes(subject, items, checkups, facts.policy.calendar, facts.zone)
    return _Whose(facts, subject, items, checkups, settled)


def _person(whose: _Whose) -> PersonPlan:
    subject, today = whose.subject, whose.facts.today
    age = subject.age if subject.age is not None and not subject.age.is_over_on(today) else None
    return PersonPlan(
        role=subject.role,
        whose=_kind_of(subject),
        weeks=(age.earliest_on(today), age.latest_on(today)) if age else None,
        birth_date=subject.birth_date,
        is_exact=is_exact(subject),
        items=tuple(_item(whose, each) for each in whose.items),
        visits=tuple(_visit(whose, each) for each in sorted(subject.appointments, key=lambda one: one.start)),
        notes=tuple(sorted(_notes(whose), key=_in_time)),
    )


def _kind_of(subject: Subject) -> Whose:
    if subject.birth_date is not None or subject.role.startswith("child"):
        return "child"
    return "pregnancy" if subject.service == PRENATAL and subject.anchor != subject.role else "appointments"


def _item(whose: _Whose, item: Planned) -> Item:
    visit = whose.visit_for(item) if item.kind == "checkup" else None
    state = _state(whose, item, visit)
    planned = _planned_at(whose, item) if state in ("due", "future") else None
    return Item(
        kind=item.kind,
        code=item.code,
        title=item.title,
        first=item.first,
        last=item.last,
        state=state,
        appointment_at=visit.start if visit else None,
        planned_at=planned,
        why_not=_why_not(whose, item) if planned is None and state in ("due", "future") else None,
    )


def _state(whose: _Whose, item: Planned, visit: Appointment | None) -> ItemState:
    today, since = whose.facts.today, day_of(whose.subject.since, whose.facts.zone)
    if item.code in whose.subject.done or (visit is not None and visit.status in VISITED):
        return "done"
    if visit is not None:
        return "booked" if visit.start > whose.facts.now else "unknown"
    if item.last >= today:
        return "due" if item.first <= today else "future"
    return "missed" if item.kind == "checkup" and item.last >= since else "unknown"


def _planned_at(whose: _Whose, item: Planned) -> datetime | None:
    """When the next message speaks of it: its own, or one of a check-up that names it as well."""
    own = [each.due_at for each in whose.steps if item.code in each.codes and not each.is_listed]
    named = [
        each.due_at
        for each in whose.steps
        if item.kind != "checkup" and item.title in str(each.variables.get("also", ""))
    ]
    return min([*own, *named], default=None)


def _why_not(whose: _Whose, item: Planned) -> WhyNot:
    facts, policy = whose.facts, whose.facts.policy.calendar
    reasons: dict[WhyNot, bool] = {
        "silent": facts.known.is_silent,
        "no_consent": not facts.known.wants_reminders,
        "not_told": item.code in policy.not_told,
        "settled": item.code in whose.settled,
        "ended": facts.today > _last_day(whose),
        "said": any(item.code in row.codes and row.state in ("sent", "queued") for row in _rows(whose)),
        "waits_turn": item.kind == "checkup" and _has_one_before(whose, item),
        "later": item.first > facts.today + facts.policy.horizon,
    }
    return next((reason for reason, holds in reasons.items() if holds), "with_another")


def _last_day(whose: _Whose) -> date:
    begins = begins_on(whose.subject)
    if begins is None or whose.subject.birth_date is not None:
        return date.max
    return begins + (whose.facts.policy.calendar.pregnancy_ends_on_day - 1) * A_DAY


def _has_one_before(whose: _Whose, item: Planned) -> bool:
    """Whether a check-up that can still be booked comes first: one is spoken of at a time."""
    open_now = [each for each in whose.items if each.kind == "checkup" and each.first <= whose.facts.today <= each.last]
    return any(each.first < item.first and each.code not in whose.settled for each in open_now)


def _visit(whose: _Whose, appointment: Appointment) -> Visit:
    checkup = whose.checkups.get(appointment.id)
    return Visit(
        id=appointment.id,
        service=appointment.service,
        start=appointment.start,
        state=_visit_state(appointment, whose.facts.now),
        place=appointment.place,
        title=checkup.title if checkup else "",
    )


def _visit_state(appointment: Appointment, now: datetime) -> VisitState:
    if appointment.status in VISITED:
        return "went"
    if appointment.status == "noshow":
        return "missed"
    if appointment.answer == "declined":
        return "declined"
    if appointment.start <= now:
        return "past"
    return "accepted" if appointment.answer == "accepted" else "booked"


def _rows(whose: _Whose) -> list[Said]:
    return [row for row in whose.facts.rows if row.role == whose.subject.role]


def _notes(whose: _Whose) -> Iterable[Note]:
    """What was said and what became of it; then what is planned and has no row yet."""
    titles = {item.code: item.title for item in whose.items}
    rows = _rows(whose)
    yield from (_note(row, titles) for row in rows)
    written = {row.key for row in rows}
    for step in whose.steps:
        if step.key not in written:
            fate: Fate = "listed" if step.is_listed and step.due_at <= whose.facts.now else "planned"
            yield Note(step.key, step.kind, step.name, step.due_at, fate, _titles(step.codes, titles))


def _note(row: Said, titles: Mapping[str, str]) -> Note:
    return Note(
        key=row.key,
        kind=row.kind,
        name=row.name,
        at=row.sent_at or row.due_at,
        fate=_fate(row),
        titles=_titles(row.codes, titles),
        reason=row.reason,
        answer=row.answer,
        answered_at=row.answered_at,
        cleared_by=row.cleared_by,
        said=row.words,
    )


def _fate(row: Said) -> Fate:
    if row.state != "sent":
        return _FATES[row.state]
    if row.read_at is not None:
        return "read"
    return "delivered" if row.delivered_at is not None else "sent"


def _titles(codes: Iterable[str], titles: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(titles[code] for code in codes if code in titles)


def _in_time(note: Note) -> tuple[datetime, str]:
    return note.at, note.key
