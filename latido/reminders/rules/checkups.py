"""What is said by the calendars: book a check-up, once more, and the vaccines and studies that begin. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby

from latido.care.rules.calendar import Planned
from latido.reminders.rules.drafts import BOOK, BOOK_AGAIN, TELL, Draft, Frame
from latido.reminders.rules.keys import calendar_group
from latido.reminders.rules.policy import Pace
from latido.reminders.rules.steps import LISTED, GroupKind, Step, StepName, Subject
from latido.reminders.rules.visits import begins_on, is_dated, is_exact

A_DAY = timedelta(days=1)
# Beyond the horizon so many days are looked at as well: what lies there makes nearer messages give way.
MARGIN = 30 * A_DAY


@dataclass(frozen=True)
class _Begun:
    """Vaccines and studies that begin on one day; `code`, of the first of them, names them for ever."""

    code: str
    first: date
    items: tuple[Planned, ...]

    @property
    def last(self) -> date:
        """The last day of the last of them."""
        return max(item.last for item in self.items)


@dataclass(frozen=True)
class _Whose:
    """Whose calendar it is. `settled`: the codes for which nothing is to be booked."""

    frame: Frame
    subject: Subject
    settled: frozenset[str]

    def group(self, code: str) -> str:
        """The group of a code."""
        return calendar_group(self.frame.known.resident, self.subject, code)


def calendar_drafts(frame: Frame, subject: Subject, items: Sequence[Planned], settled: frozenset[str]) -> list[Draft]:
    """The steps by its calendar, of `items`, all of it; `settled`: codes that were done or have an appointment."""
    if frame.today > _last_day(frame, subject):
        return []
    whose = _Whose(frame, subject, settled)
    books = _books(whose, items)
    tells = [(begun, _tell(whose, begun)) for begun in _begun(items) if _is_near(frame, begun.first, begun.last)]
    also = {begun.code: _said_with(whose, begun, tell, books) for begun, tell in tells if tell is not None}
    drafts = [tell for begun, tell in tells if tell is not None and also[begun.code] is None]
    for item, book in books:
        if item.code not in settled and _is_near(frame, item.first, item.last):
            drafts += _checkup(whose, item, book, [begun for begun, _ in tells if also.get(begun.code) == item])
    return drafts


def _books(whose: _Whose, items: Sequence[Planned]) -> list[tuple[Planned, Draft]]:
    """The check-ups with their first step: one at a time, so not while the one before can still be booked."""
    not_told = whose.frame.policy.calendar.not_told
    told = [each for each in items if each.kind == "checkup" and each.code not in not_told]
    return [(item, _book(whose, item, before)) for before, item in zip([None, *told], told, strict=False)]


def _last_day(frame: Frame, subject: Subject) -> date:
    """The last day on which its calendar is spoken of."""
    begins = begins_on(subject)
    if begins is None or subject.birth_date is not None:
        return date.max
    return begins + (frame.policy.calendar.pregnancy_ends_on_day - 1) * A_DAY


def _is_near(frame: Frame, first: date, last: date) -> bool:
    kept = frame.policy.calendar.overdue_kept_days * A_DAY
    return last + kept >= frame.today and first <= frame.today + frame.policy.horizon + MARGIN


def _begun(items: Iterable[Planned]) -> list[_Begun]:
    """All of them, the past ones too: which is the first of a day, and names it, never changes."""
    ours = sorted((item for item in items if item.kind != "checkup"), key=_vaccines_first)
    groups = [(first, tuple(each)) for first, each in groupby(ours, key=lambda item: item.first)]
    return [_Begun(each[0].code, first, each) for first, each in groups]


def _vaccines_first(item: Planned) -> tuple[date, bool, str]:
    return item.first, item.kind != "vaccine", item.code


def _said_with(whose: _Whose, begun: _Begun, tell: Draft, books: Sequence[tuple[Planned, Draft]]) -> Planned | None:
    """The check-up with whose message it is said: one that begins, or is told, about the same day; the nearest.

    Only the nearest: that another one's message went out near it does not mean that it spoke of this. Where that
    failed for good it has said nothing: it is said with one that is told, or by itself, as if it fell due by then.
    """
    policy = whose.frame.policy.calendar
    near: list[tuple[int, date, Planned, Draft]] = []
    for item, book in books:
        days, apart = abs((item.first - begun.first).days), abs(book.step.due_at - tell.step.due_at)
        is_near = days <= policy.coincides_days or apart < policy.gap_days * A_DAY
        if is_near and _could_be_told(whose, book, tell.step.not_after):
            near.append((days, item.first, item, book))
    if not near:
        return None
    _, _, item, book = min(near, key=lambda one: one[:2])
    if (failed_at := _failed_at(whose, book)) is not None:
        others = [each for each in books if each[1] != book and _comes_after(whose, each[1], failed_at)]
        return _said_with(whose, begun, tell.wanting(max(tell.step.due_at, failed_at)), others)
    return item if _is_told(whose, item, book, tell.step.not_after) else None


def _failed_at(whose: _Whose, book: Draft) -> datetime | None:
    """When its message was given up; None: it may have reached her, or it was not tried yet."""
    known = whose.frame.known
    return known.said.get(book.step.key) if book.step.key in known.reach.unheard else None


def _comes_after(whose: _Whose, book: Draft, moment: datetime) -> bool:
    """Whether its message can speak of what was not said by then: it was said later, or is still to be said."""
    said = whose.frame.known.said.get(book.step.key)
    return said is None or said > moment


def _could_be_told(whose: _Whose, book: Draft, by: datetime) -> bool:
    """Whether its message was to go out in time, whatever became of that: the same on every day it is asked."""
    wanted = whose.frame.allowed(book.step.due_at)
    return wanted <= min(book.step.not_after, by) or book.step.key in whose.frame.known.said


def _is_told(whose: _Whose, checkup: Planned, book: Draft, by: datetime) -> bool:
    """Whether a message said that it is to be booked, or can still say so by then."""
    if book.step.key in whose.frame.known.said:
        return True
    soonest = whose.frame.allowed(max(book.step.due_at, whose.frame.now))
    return soonest <= min(book.step.not_after, by) and checkup.code not in whose.settled


def _checkup(whose: _Whose, item: Planned, book: Draft, also: Sequence[_Begun]) -> list[Draft]:
    pace = whose.frame.policy.calendar.pace(item.first, item.last)
    said = replace(book, step=replace(book.step, variables=_checkup_words(whose, item, also, book.step.due_at)))
    overdue = _overdue(whose, item, said, pace)
    return [said, _book_again(whose, item, said, pace), *([overdue] if overdue else [])]


def _book(whose: _Whose, item: Planned, before: Planned | None) -> Draft:
    frame, since = whose.frame, whose.subject.since.astimezone(whose.frame.zone).date()
    pace, last = frame.policy.calendar.pace(item.first, item.last), frame.end_of(item.last)
    day = item.first - pace.book_days_before * A_DAY
    if before is not None and before.code not in whose.settled and before.last >= since:
        day = max(day, before.last + A_DAY)
    return _draft(whose, item.code, "checkup", "book", _not_before_told(whose, day, last), last, {})


def _book_again(whose: _Whose, item: Planned, book: Draft, pace: Pace) -> Draft:
    moment = whose.frame.at(_days_later(whose, book, pace.again_after_days), whose.frame.policy.calendar.time)
    variables, last = book.step.variables, book.step.not_after
    draft = _draft(whose, item.code, "checkup", "book_again", moment, last, variables)
    return replace(draft, follows=book.step.key, pause_days=pace.again_after_days)


def _overdue(whose: _Whose, item: Planned, book: Draft, pace: Pace) -> Draft | None:
    """For the operators: she was told, had some days to book, and the window ends."""
    frame, policy = whose.frame, whose.frame.policy.calendar
    near_end = item.last - pace.overdue_days_before_end * A_DAY
    moment = frame.at(max(near_end, _days_later(whose, book, policy.overdue_after_book_days)), frame.policy.hours.opens)
    last = frame.end_of(min(item.last + policy.overdue_kept_days * A_DAY, _last_day(frame, whose.subject)))
    if moment > last:
        return None
    return _draft(whose, item.code, "checkup", "overdue", moment, last, book.step.variables)


def _tell(whose: _Whose, begun: _Begun) -> Draft | None:
    frame, since = whose.frame, whose.subject.since.astimezone(whose.frame.zone).date()
    open_then = _open(whose, begun, since)
    if not open_then:
        return None
    moment = _not_before_told(whose, begun.first, frame.end_of(min(item.last for item in open_then)))
    items = _open(whose, begun, max(moment.astimezone(frame.zone).date(), frame.today))
    if not items:
        return None
    kind: GroupKind = "vaccine" if any(item.kind == "vaccine" for item in items) else "study"
    last = min(item.last for item in items)
    what = frame.policy.words.together([item.title for item in items])
    variables = _words(whose, what, (begun.first, last), moment)
    draft = _draft(whose, begun.code, kind, "tell", moment, frame.end_of(last), variables)
    return replace(draft, step=replace(draft.step, codes=tuple(item.code for item in items)))


def _open(whose: _Whose, begun: _Begun, day: date) -> list[Planned]:
    """Those of them which are not over on that day, and not known to be done."""
    return [item for item in begun.items if item.last >= day and item.code not in whose.subject.done]


def _not_before_told(whose: _Whose, day: date, last: datetime) -> datetime:
    """The moment on that day; later for who told us later: some hours after it, or at once if that is too late."""
    frame, policy = whose.frame, whose.frame.policy.calendar
    moment, since = frame.at(day, policy.time), whose.subject.since
    later = max(moment, frame.allowed(since + policy.registration_delay))
    return later if later <= last else max(moment, frame.allowed(since))


def _days_later(whose: _Whose, draft: Draft, days: int) -> date:
    return draft.step.due_at.astimezone(whose.frame.zone).date() + days * A_DAY


def _checkup_words(whose: _Whose, item: Planned, also: Sequence[_Begun], moment: datetime) -> Mapping[str, str]:
    words, day = whose.frame.policy.words, max(moment.astimezone(whose.frame.zone).date(), whose.frame.today)
    title = item.title if is_exact(whose.subject) else words.visit(whose.subject.service)
    names = [each.title for begun in also for each in _open(whose, begun, day)]
    return _words(whose, title, (item.first, item.last), moment) | {"also": words.together(names)}


def _words(whose: _Whose, what: str, span: tuple[date, date], moment: datetime) -> dict[str, str]:
    frame = whose.frame
    day, far = max(moment.astimezone(frame.zone).date(), frame.today), frame.policy.calendar.names_dates_within_days
    is_said = is_dated(whose.subject) and span[1] <= day + far * A_DAY
    said = frame.policy.words.span(*span, today=day) if is_said else ""
    return {"who": whose.subject.given_name or "", "what": what, "day": said}


def _draft(
    whose: _Whose,
    code: str,
    kind: GroupKind,
    name: StepName,
    moment: datetime,
    last: datetime,
    variables: Mapping[str, str],
) -> Draft:
    is_listed = name in LISTED
    step = Step(
        key=f"{whose.group(code)}:{name}",
        group=whose.group(code),
        kind=kind,
        name=name,
        role=whose.subject.role,
        service=whose.subject.service,
        due_at=moment,
        not_after=last,
        template="" if is_listed else f"{kind}_{name}",
        variables=variables,
        code=code,
        is_listed=is_listed,
        codes=(code,),
    )
    ranks: Mapping[StepName, int] = {"book": BOOK, "tell": TELL, "book_again": BOOK_AGAIN}
    return Draft(step, whose.frame.policy.hours, ranks.get(name))
