"""From a timeline to what a resident is shown: what is booked, what is due now, what comes next. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby
from typing import Literal
from zoneinfo import ZoneInfo

from latido.care.fhir_names import PEDIATRIC, PRENATAL
from latido.care.rules.growth import months_after
from latido.reminders.calendar.words import CalendarWords
from latido.reminders.rules.policy import Words
from latido.reminders.rules.quiet import day_of
from latido.timeline import Item, PersonPlan, Timeline, Visit

State = Literal["booked", "due", "future"]
# What she has comes first, then the check-up that is due, then what else is, then what comes later.
BOOKED, CHECKUP, DUE, LATER = range(4)
SERVICES = {"pregnancy": PRENATAL, "child": PEDIATRIC}
DAYS_TOLD_UNTIL = 60
MONTHS_TOLD_UNTIL = 24


@dataclass(frozen=True)
class Line:
    """One thing that comes. `leaf` is that of a calendar: what stands above the day, the day, the month."""

    state: State
    when: str
    what: str
    where: str
    leaf: tuple[str, str, str]
    is_checkup: bool
    rank: tuple[int, date, str]


@dataclass(frozen=True)
class Section:
    """One of her people, without a name. `note`: what her dates are worth; `done`: how many check-ups were had.

    `service`: of her calendar. `is_partly_unknown`: of vaccines or studies among the lines nobody knows which were had.
    """

    role: str
    service: str | None
    heading: str
    note: str
    is_partly_unknown: bool
    done: int
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Speech:
    """The words of a calendar, those that reminders use for moments, and whose clocks count."""

    words: CalendarWords
    moments: Words
    zone: ZoneInfo


def sections_of(timeline: Timeline, speech: Speech) -> list[Section]:
    """Those of her people for whom something comes, in the order they became known."""
    today = day_of(timeline.now, speech.zone)
    found = [_section(person, today, timeline.now, speech) for person in timeline.people]
    return [section for section in found if section.lines]


def shared_out(sections: Sequence[Section], most: int) -> list[Section]:
    """The sections with as many lines together as may be told, as even as may be; each keeps one."""
    counts = [0] * len(sections)
    for place in range(max((len(one.lines) for one in sections), default=0)):
        for number, one in enumerate(sections):
            if len(one.lines) > place and (sum(counts) < most or place == 0):
                counts[number] += 1
    return [_cut(one, count) for one, count in zip(sections, counts, strict=True)]


def _cut(section: Section, count: int) -> Section:
    return replace(section, lines=section.lines[:count])


def _section(person: PersonPlan, today: date, now: datetime, speech: Speech) -> Section:
    visits = [visit for visit in person.visits if visit.state in ("booked", "accepted") and visit.start > now]
    open_items = [each for each in person.items if each.state in ("due", "future")]
    lines = [*(_visit_line(one, speech) for one in visits), *_item_lines(open_items, today, speech)]
    return Section(
        role=person.role,
        service=SERVICES.get(person.whose),
        heading=_heading(person, today, speech.words),
        note=speech.words.say("about") if open_items and not person.is_exact else "",
        is_partly_unknown=any(each.kind != "checkup" for each in open_items),
        done=sum(each.kind == "checkup" and each.state == "done" for each in person.items),
        lines=tuple(sorted(_next_checkup_first(lines), key=lambda line: line.rank)),
    )


def _heading(person: PersonPlan, today: date, words: CalendarWords) -> str:
    if person.birth_date is not None:
        return _age(person.birth_date, today, words)
    if person.weeks is not None:
        low, high = person.weeks
        return words.say("people.pregnancy_exact" if low == high else "people.pregnancy_about", low=low, high=high)
    return words.say(f"people.{person.whose}")


def _age(born: date, today: date, words: CalendarWords) -> str:
    days = (today - born).days
    if days < DAYS_TOLD_UNTIL:
        return words.counted("people.child_days", max(days, 0))
    months = _months(born, today)
    if months < MONTHS_TOLD_UNTIL:
        return words.counted("people.child_months", months)
    return words.counted("people.child_years", months // 12)


def _months(born: date, today: date) -> int:
    months = (today.year - born.year) * 12 + today.month - born.month
    return months if months_after(born, months) <= today else months - 1


def _visit_line(visit: Visit, speech: Speech) -> Line:
    local = visit.start.astimezone(speech.zone)
    said = speech.moments.day(visit.start, speech.zone)
    top = speech.words.listed("weekdays")[local.weekday()]
    return Line(
        state="booked",
        when=speech.words.say("when.booked", day=said, time=speech.moments.time(visit.start, speech.zone)),
        what=visit.title or speech.moments.visit(visit.service),
        where=visit.place,
        leaf=_leaf(top, local.date(), speech),
        is_checkup=True,
        rank=(BOOKED, local.date(), visit.id),
    )


def _item_lines(items: Iterable[Item], today: date, speech: Speech) -> Iterator[Line]:
    """One line each; vaccines, or studies, of the same days are one."""
    together = sorted(items, key=lambda one: (one.first, one.last, one.kind))
    for (first, last, kind), group in groupby(together, key=lambda one: (one.first, one.last, one.kind)):
        found = list(group)
        alone = [[one] for one in found] if kind == "checkup" else [found]
        for each in alone:
            yield _item_line(each, first, last, today, speech)


def _item_line(items: Sequence[Item], first: date, last: date, today: date, speech: Speech) -> Line:
    state: State = "due" if first <= today else "future"
    kind = items[0].kind
    what = _what(kind, [each.title for each in items], speech)
    shown = last if state == "due" else first
    return Line(
        state=state,
        when=_when(state, first, last, today, speech),
        what=what,
        where="",
        leaf=_leaf(speech.words.say(f"tile.{state}"), shown, speech),
        rank=(_rank(kind, state), last if state == "due" else first, what),
        is_checkup=kind == "checkup",
    )


def _what(kind: str, titles: Sequence[str], speech: Speech) -> str:
    names, words = _names(titles, speech), speech.words
    if kind != "vaccine":
        return names
    if names.startswith(words.say("vaccine_word")):
        return names
    return words.say("what.vaccine_one" if len(titles) == 1 else "what.vaccine", names=names)


def _rank(kind: str, state: State) -> int:
    if state == "future":
        return LATER
    return CHECKUP if kind == "checkup" else DUE


def _next_checkup_first(lines: Sequence[Line]) -> list[Line]:
    """The same; where no check-up is booked or due, the next one stands in its place."""
    checkups = sorted((line for line in lines if line.is_checkup), key=lambda line: line.rank)
    if not checkups or checkups[0].rank[0] != LATER:
        return list(lines)
    moved = replace(checkups[0], rank=(CHECKUP, *checkups[0].rank[1:]))
    return [moved if line is checkups[0] else line for line in lines]


def _when(state: State, first: date, last: date, today: date, speech: Speech) -> str:
    said = {"first": _date(first, today, speech), "last": _date(last, today, speech)}
    if first == last and state == "future":
        return speech.words.say("when.one_day", **said)
    return speech.words.say(f"when.{state}", **said)


def _names(titles: Sequence[str], speech: Speech) -> str:
    most = speech.words.number("most_names")
    if len(titles) <= most:
        return speech.moments.together(list(titles))
    more = {"names": ", ".join(titles[: most - 1]), "count": len(titles) - most + 1}
    return speech.words.say("what.and_more", **more)


def _date(day: date, today: date, speech: Speech) -> str:
    """A day and its month; with the year where it is not clear which."""
    said = speech.moments.date_pattern.format(day=day.day, month=speech.moments.months[day.month - 1])
    is_far = (day - today).days >= speech.words.number("year_told_from_days")
    return speech.words.say("when.with_year", day=said, year=day.year) if is_far else said


def _leaf(top: str, day: date, speech: Speech) -> tuple[str, str, str]:
    return top, str(day.day), speech.words.listed("months")[day.month - 1]
