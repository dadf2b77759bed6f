"""Which card of the content is sent when: by week or age, seldom, and never before anything that matters more. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from latido.care.rules.calendar import Calendar
from latido.reminders.rules.drafts import Frame
from latido.reminders.rules.keys import calendar_group
from latido.reminders.rules.moments import in_utc
from latido.reminders.rules.plan import plan
from latido.reminders.rules.policy import Policy
from latido.reminders.rules.quiet import day_of
from latido.reminders.rules.steps import Known, Reader, Step, Subject
from latido.reminders.rules.visits import begins_on

A_DAY = timedelta(days=1)
TIP = "tip"
Stage = Literal["pregnancy", "child"]


@dataclass(frozen=True)
class Card:
    """One thing to read. `first_day`: counted from the beginning of the pregnancy, or from birth."""

    id: str
    stage: Stage
    first_day: int
    title: str
    text: str
    source: str


@dataclass(frozen=True)
class Workshop:
    """A workshop that a centre told of; `stage` None: for everybody; `line` is what is said of it."""

    center: int
    valid_until: date
    line: str
    stage: Stage | None = None


@dataclass(frozen=True)
class Pace:
    """How often and how near to other messages; the numbers are in data/content/pace.yml, in days."""

    time: time
    every: int
    gap: int
    late: int
    known_within: int
    pregnancy_ends_on_day: int
    after_loss: int
    same_card: int


@dataclass(frozen=True)
class Content:
    """All that may be sent."""

    pace: Pace
    cards: tuple[Card, ...]
    workshops: tuple[Workshop, ...] = ()


@dataclass(frozen=True)
class _Wish:
    """A card for one of her people, and the days on which it may be said."""

    card: Card
    subject: Subject
    first: date
    last: date
    key: str
    # WhatsApp held it back until then, or she wished for that moment.
    not_before: datetime | None

    @property
    def code(self) -> str:
        """Names the card in keys."""
        return _code(self.card)


@dataclass
class _Days:
    """Days on which something else is said, and those of cards; filled while cards find theirs."""

    others: set[date]
    cards: dict[date, str] = field(default_factory=dict)


def plan_with_content(
    known: Known, calendars: Mapping[str, Calendar], policy: Policy, content: Content, zone: ZoneInfo, now: datetime
) -> list[Step]:
    """The whole plan, the cards among the other steps; `now` is aware. Who is silent is sent nothing."""
    steps = plan(known, calendars, policy, zone, now)
    if known.is_silent or known.reader is None:
        return steps
    frame = Frame(in_utc(known), policy, zone, now.astimezone(UTC))
    return sorted([*steps, *content_steps(frame, content, steps)], key=lambda one: (one.due_at, one.key))


def content_steps(frame: Frame, content: Content, others: Sequence[Step]) -> list[Step]:
    """The cards that find a day; `others`: every other step of her plan, which come first whatever their day."""
    if frame.known.reader is None or _lost_lately(frame.known.reader, frame, content.pace):
        return []
    if frame.known.reach.away_since is not None:  # what cannot be sent would be queued and taken back without end
        return []
    days = _days(frame, others)
    steps: list[Step] = []
    for wish in _wishes(frame, frame.known.reader, content):
        day = _free_day(frame, content.pace, wish, days)
        if day is not None:
            days.cards[day] = wish.code
            steps.append(_step(frame, content, wish, day))
    return steps


def _lost_lately(reader: Reader, frame: Frame, pace: Pace) -> bool:
    lost_at = reader.lost_at
    return lost_at is not None and frame.today < day_of(lost_at, frame.zone) + pace.after_loss * A_DAY


def _days(frame: Frame, others: Iterable[Step]) -> _Days:
    said = {key: day_of(moment, frame.zone) for key, moment in frame.known.said.items()}
    cards = {day: key.split(":")[-2] for key, day in said.items() if key.endswith(f":{TIP}")}
    taken = {day for key, day in said.items() if not key.endswith(f":{TIP}")}
    planned = {max(day_of(step.due_at, frame.zone), frame.today) for step in others if not step.is_listed}
    return _Days(taken | planned, cards)


def _wishes(frame: Frame, reader: Reader, content: Content) -> list[_Wish]:
    """The cards whose days have begun or begin within the horizon, in order of their days; twins share theirs."""
    found: dict[tuple[str, date], _Wish] = {}
    for subject in frame.known.subjects:
        for wish in _of_subject(frame, reader, content, subject):
            found.setdefault((wish.card.id, wish.last), wish)
    return sorted(found.values(), key=lambda wish: (wish.first, wish.last, wish.card.id))


def _of_subject(frame: Frame, reader: Reader, content: Content, subject: Subject) -> Iterable[_Wish]:
    begins, pace = begins_on(subject), content.pace
    if begins is None or not _is_known_well(subject, pace):
        return
    stage: Stage = "child" if subject.birth_date is not None else "pregnancy"
    # Who has just said yes is not sent the first one in the same breath.
    since = day_of(reader.since, frame.zone) + A_DAY
    for card in content.cards:
        day = begins + card.first_day * A_DAY
        first, last = max(day, since, frame.today), day + pace.late * A_DAY
        if stage == "pregnancy":
            last = min(last, begins + (pace.pregnancy_ends_on_day - 1) * A_DAY)
        if card.stage == stage and first <= last and first <= frame.today + frame.policy.horizon:
            yield _wish(frame, card, subject, first, last)


def _wish(frame: Frame, card: Card, subject: Subject, first: date, last: date) -> _Wish:
    key = f"{calendar_group(frame.known.resident, subject, _code(card))}:{TIP}"
    not_before = frame.known.asked_for.get(key)
    later = first if not_before is None else max(first, day_of(not_before, frame.zone))
    return _Wish(card, subject, later, last, key, not_before)


def _code(card: Card) -> str:
    return f"{TIP}-{card.id}"


def _is_known_well(subject: Subject, pace: Pace) -> bool:
    """Whether a card by week makes sense: the birth date, or the last period to some days."""
    if subject.age is None or subject.birth_date is not None:
        return subject.birth_date is not None
    earliest, latest = subject.age.last_period
    return (latest - earliest).days <= pace.known_within


def _free_day(frame: Frame, pace: Pace, wish: _Wish, days: _Days) -> date | None:
    """The first of its days that is far enough from everything; None: it is left out, for there are no arrears."""
    if any(code == wish.code and abs((day - wish.first).days) < pace.same_card for day, code in days.cards.items()):
        return None
    soonest = day_of(frame.allowed(frame.now), frame.zone)
    span = (wish.last - wish.first).days + 1
    for day in (wish.first + number * A_DAY for number in range(span)):
        apart = all(abs((day - other).days) >= pace.gap for other in days.others)
        seldom = all(abs((day - other).days) >= pace.every for other in days.cards)
        if day >= soonest and apart and seldom:
            return day
    return None


def _step(frame: Frame, content: Content, wish: _Wish, day: date) -> Step:
    return Step(
        key=wish.key,
        group=wish.key.removesuffix(f":{TIP}"),
        kind="content",
        name="tip",
        role=wish.subject.role,
        service=wish.subject.service,
        due_at=_moment(frame, content.pace, wish, day),
        not_after=frame.end_of(wish.last),
        template=TIP,
        variables=_words(frame, content, wish, day),
    )


def _moment(frame: Frame, pace: Pace, wish: _Wish, day: date) -> datetime:
    moment = frame.at(day, pace.time)
    return frame.allowed(max(moment, wish.not_before) if wish.not_before else moment)


def _words(frame: Frame, content: Content, wish: _Wish, day: date) -> Mapping[str, str]:
    card, workshop = wish.card, _workshop(frame, content, wish, day)
    said = {"title": card.title, "text": card.text, "source": card.source}
    return {**said, "workshop": workshop.line} if workshop else said


def _workshop(frame: Frame, content: Content, wish: _Wish, day: date) -> Workshop | None:
    """One at the centre of her appointments, or near her: the nearest first."""
    theirs = [each.center_number for each in wish.subject.appointments if each.status == "booked"]
    centers = frame.known.reader.centers if frame.known.reader else ()
    near = [center for center in (*theirs, *centers) if center is not None]
    suits = [
        each
        for each in content.workshops
        if each.center in near and each.valid_until > day and each.stage in (None, wish.card.stage)
    ]
    return min(suits, key=lambda each: near.index(each.center), default=None)
