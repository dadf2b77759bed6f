"""What holds of every plan, whoever it is for and whenever it is made."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import example, given, settings
from hypothesis import strategies as st

from latido.care.rules.gestation import GestationalAge, age_by_last_period
from latido.reminders.rules.drafts import Frame
from latido.reminders.rules.keys import is_calendar_message
from latido.reminders.rules.plan import plan
from latido.reminders.rules.quiet import day_of
from latido.reminders.rules.steps import Appointment, Known, Step, Subject

from .plan_cases import CALENDARS, DAY, MESSAGES, POLICY, VACCINES_AND_STUDIES, table

ZONES = [ZoneInfo(name) for name in ("America/Argentina/Buenos_Aires", "America/Santiago", "Europe/Madrid")]
CODES = sorted(item.code for calendar in CALENDARS.values() for item in calendar.items)
GAP = POLICY.calendar.gap_days * DAY
MANY = settings(max_examples=60)

minutes = st.integers(0, 24 * 60 - 1).map(lambda many: timedelta(minutes=many))
nows = st.datetimes(datetime(2026, 1, 1), datetime(2029, 12, 31), timezones=st.just(UTC))
codes = st.frozensets(st.sampled_from(CODES), max_size=6)
answers = st.sampled_from((None, None, "accepted", "declined", "tentative"))
statuses = st.sampled_from(("booked", "booked", "booked", "fulfilled", "arrived", "checked-in", "noshow", "cancelled"))


@st.composite
def appointments(draw: st.DrawFn, now: datetime, service: str) -> tuple[Appointment, ...]:
    def one(number: int) -> Appointment:
        start = now + draw(st.integers(-20, 70)) * DAY + draw(minutes)
        booked_at = draw(st.none() | st.integers(0, 40).map(lambda days: start - days * DAY))
        status, answer = draw(statuses), draw(answers)
        return Appointment(f"a{number}", service, start, status, "CeSAC N° 15", None, answer, booked_at)

    return tuple(one(number) for number in range(draw(st.integers(0, 2))))


@st.composite
def ages(draw: st.DrawFn, today: date) -> GestationalAge:
    if draw(st.booleans()):
        return age_by_last_period(today - draw(st.integers(0, 308)) * DAY, today)
    weeks = draw(st.integers(0, 42))
    return GestationalAge(weeks, weeks + draw(st.integers(0, 5)), today - draw(st.integers(0, 60)) * DAY)


@st.composite
def subjects(draw: st.DrawFn, now: datetime, number: int) -> Subject:
    since = now - draw(st.integers(0, 200)) * DAY - draw(minutes)
    kind = draw(st.sampled_from(("pregnancy", "child", "child", "nobody")))
    service = "pediatric" if kind == "child" else "prenatal"
    subject = Subject(
        f"person-{number}", f"anchor-{number}", service, since, appointments=draw(appointments(now, service))
    )
    subject = replace(subject, done=draw(codes | st.just(VACCINES_AND_STUDIES)))
    if kind == "child":
        return replace(subject, given_name="Ana", birth_date=now.date() - draw(st.integers(-2, 900)) * DAY)
    return replace(subject, age=draw(ages(now.date()))) if kind == "pregnancy" else subject


@st.composite
def cases(draw: st.DrawFn, most: int = 3) -> tuple[Known, datetime, ZoneInfo]:
    now, zone = draw(nows), draw(st.sampled_from(ZONES))
    hers = tuple(draw(subjects(now, number)) for number in range(draw(st.integers(1, most))))
    known = Known("r", True, False, hers)
    keys = [each.key for each in made(known, now, zone)]
    if keys and draw(st.booleans()):
        wish = now + draw(st.integers(-2, 20)) * DAY + draw(minutes)
        known = replace(known, asked_for={draw(st.sampled_from(keys)): wish})
    if keys and draw(st.booleans()):
        known = replace(known, said={draw(st.sampled_from(keys)): now - draw(st.integers(0, 9)) * DAY - draw(minutes)})
    return known, now, zone


TONIGHT = datetime(2026, 1, 1, 20, tzinfo=UTC)
# Born today, told of tonight, and the second message is wanted for yesterday: it is said tomorrow.
ASKED_FOR_BEFORE_THE_NIGHT = (
    Known(
        "r",
        True,
        False,
        (
            Subject(
                "child-1", "child-1", "pediatric", datetime(2026, 1, 1, 20, tzinfo=UTC), birth_date=date(2026, 1, 1)
            ),
        ),
        {"r:child-1:child-1:well-child-first-days:book_again": TONIGHT - DAY},
    ),
    TONIGHT,
    ZoneInfo("Europe/Madrid"),
)


def made(known: Known, now: datetime, zone: ZoneInfo) -> list[Step]:
    """The plan."""
    return plan(known, CALENDARS, POLICY, zone, now)


def unasked(known: Known, steps: list[Step]) -> list[Step]:
    """The messages by the calendars that nobody asked for."""
    asked = set(known.asked_for)
    return [each for each in steps if each.name in MESSAGES and not any(each.key.startswith(key) for key in asked)]


@MANY
@given(cases())
def test_every_step_lies_where_it_may(case: tuple[Known, datetime, ZoneInfo]):
    known, now, zone = case
    steps = made(known, now, zone)
    assert len({each.key for each in steps}) == len(steps)
    assert steps == sorted(steps, key=lambda each: (each.due_at, each.key))
    for step in steps:
        hours = POLICY.morning_hours if step.name == "morning" else POLICY.hours
        assert hours.allow(step.due_at, zone), table([step], zone)
        assert now - POLICY.look_back <= step.due_at <= now + POLICY.horizon
        assert max(step.due_at, now) <= step.not_after
        assert step.key not in known.said
        assert step.is_listed == (not step.template)


@MANY
@given(cases())
@example(ASKED_FOR_BEFORE_THE_NIGHT)
def test_messages_nobody_asked_for_are_days_apart(case: tuple[Known, datetime, ZoneInfo]):
    known, now, zone = case
    steps, frame = made(known, now, zone), Frame(known, POLICY, zone, now)
    free = {each.key for each in unasked(known, steps)}
    days = {each.key: _day(each, frame) for each in steps if each.name in MESSAGES}
    said = [day_of(moment, zone) for key, moment in known.said.items() if is_calendar_message(key)]
    for key in free:
        others = [day for other, day in days.items() if other != key] + said
        assert all(abs(days[key] - other) >= GAP for other in others), table(steps, zone)


def _day(step: Step, frame: Frame) -> date:
    """The day on which it can be said: what is due in quiet hours waits."""
    return day_of(frame.allowed(max(step.due_at, frame.now)), frame.zone)


@MANY
@given(cases())
def test_a_plan_is_the_same_however_often_it_is_made_and_in_whatever_order_people_are_told(
    case: tuple[Known, datetime, ZoneInfo],
):
    known, now, zone = case
    steps = made(known, now, zone)
    assert made(known, now, zone) == steps
    assert made(known, now.astimezone(zone), zone) == steps
    assert made(replace(known, subjects=known.subjects[::-1]), now, zone) == steps


@MANY
@given(cases())
def test_no_means_no(case: tuple[Known, datetime, ZoneInfo]):
    known, now, zone = case
    assert made(replace(known, wants_reminders=False), now, zone) == []
    assert made(replace(known, is_silent=True), now, zone) == []


@MANY
@given(cases(), st.integers(1, 40), minutes)
def test_what_is_planned_stays_planned_while_nobody_says_it_until_it_is_too_late_or_gives_way(
    case: tuple[Known, datetime, ZoneInfo], days: int, some: timedelta
):
    known, now, zone = case
    before, later = made(known, now, zone), now + days * DAY + some
    after = made(known, later, zone)
    kept = {each.key for each in after}
    frame = Frame(known, POLICY, zone, later)
    for step in before:
        hours = POLICY.morning_hours if step.name == "morning" else POLICY.hours
        is_over = frame.allowed(later, hours) > step.not_after
        assert step.key in kept or is_over or _gives_way(step, after, frame), table([step], zone)


def _gives_way(step: Step, after: list[Step], frame: Frame) -> bool:
    """Whether another message stands on every day on which it could still be said, or it waits for the one before."""
    if step.name not in MESSAGES:
        return False
    if step.name == "book_again" and f"{step.group}:book" in {each.key for each in after}:
        return True
    taken = [_day(each, frame) for each in after if each.name in MESSAGES]
    taken += [day_of(moment, frame.zone) for key, moment in frame.known.said.items() if is_calendar_message(key)]
    first, last = _day(step, frame), day_of(step.not_after, frame.zone)
    left = [first + number * DAY for number in range((last - first).days + 1)]
    return all(any(abs(day - other) < GAP for other in taken) for day in left)


@MANY
@given(cases(most=1), st.integers(1, 50))
def test_while_everything_is_said_in_time_the_rest_of_the_plan_does_not_change(
    case: tuple[Known, datetime, ZoneInfo], days: int
):
    known, now, zone = case
    # From the day she told us, and without an appointment in the place of a message with which others are said:
    # whatever is in arrears, or waits beside others, gives way to what falls due.
    hers = tuple(replace(each, since=now, appointments=()) for each in known.subjects)
    known = replace(known, asked_for={}, subjects=hers)
    before, later, frame = made(known, now, zone), now + days * DAY, Frame(known, POLICY, zone, now)
    messages = {each.key: _moment(each, frame) for each in before if not each.is_listed}
    spoken = {key: moment for key, moment in messages.items() if moment <= later}
    then = made(replace(known, said=dict(known.said) | spoken), later, zone)
    after = {each.key: day_of(_moment(each, replace(frame, now=later)), zone) for each in then}
    left = {key: day_of(moment, zone) for key, moment in messages.items() if moment > later}
    assert {key: after.get(key) for key in left} == left


def _moment(step: Step, frame: Frame) -> datetime:
    """When it is said: at once if it is due, unless it is night."""
    hours = POLICY.morning_hours if step.name == "morning" else POLICY.hours
    return frame.allowed(max(step.due_at, frame.now), hours)


@MANY
@given(cases(most=2), st.integers(1, 60))
def test_nothing_is_said_twice_and_nothing_after_its_time(case: tuple[Known, datetime, ZoneInfo], steps: int):
    """From one due moment to the next, as it would be sent."""
    known, now, zone = case
    said: list[tuple[datetime, Step]] = []
    for _ in range(steps):
        due = [each for each in made(known, now, zone) if not each.is_listed]
        if not due:
            break
        now = max(now, due[0].due_at)
        if not (POLICY.morning_hours if due[0].name == "morning" else POLICY.hours).allow(now, zone):
            now = Frame(known, POLICY, zone, now).allowed(now)
            continue
        said.append((now, due[0]))
        known = replace(known, said=dict(known.said) | {due[0].key: now})
    assert len({step.key for _, step in said}) == len(said)
    assert all(moment <= step.not_after for moment, step in said)
    days = [day_of(moment, zone) for moment, step in said if step in unasked(known, [step])]
    assert all(later - earlier >= GAP for earlier, later in pairwise(days))
