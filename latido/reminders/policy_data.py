"""The policy of reminders as values, read from data/reminders/policy.yml: dated, with source and sign-off."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from latido.messaging.receipts import LATER
from latido.reminders.rules.policy import (
    AfterPolicy,
    AgainPolicy,
    BeforePolicy,
    CalendarPolicy,
    HeldBackPolicy,
    MorningPolicy,
    Pace,
    Policy,
    UnconfirmedPolicy,
    UnreachedPolicy,
    Words,
)
from latido.reminders.rules.quiet import Hours

POLICY_FILE = Path(__file__).resolve().parents[2] / "data" / "reminders" / "policy.yml"
Content = Mapping[str, Any]


class BadPolicy(ValueError):
    """The policy cannot be used as written; the message names the place in the file and says what is wrong."""


@cache
def load_policy(path: Path = POLICY_FILE) -> Policy:
    """Read the data file; BadPolicy says what is missing or wrong in it."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise BadPolicy(f"{path.name} is not YAML: {error}") from error
    if not isinstance(content, dict):
        raise BadPolicy(f"{path.name} must be a mapping with version, hours, calendar, appointment, missed and words")
    try:
        policy = _policy(content)
    except OverflowError as error:
        raise BadPolicy(f"{path.name}: a number is larger than any span of time") from error
    _refuse_contradictions(policy)
    return policy


def _policy(content: Content) -> Policy:
    appointment, missed = _part(content, "appointment"), _part(content, "missed")
    return Policy(
        version=_words(content, "version"),
        as_of=_words(content, "as_of"),
        clinical_sign_off=_words(content, "clinical_sign_off"),
        sources=tuple(_source(row) for row in _rows(content, "sources")),
        hours=_hours(_part(content, "hours")),
        morning_hours=_hours(_part(content, "morning_hours")),
        calendar=_calendar(_part(content, "calendar")),
        confirm=_before(_part(appointment, "confirm")),
        unconfirmed=_unconfirmed(_part(appointment, "unconfirmed")),
        unreached=_unreached(_part(_part(content, "delivery"), "unreached")),
        held_back=_held_back(_part(content, "delivery")),
        remind=_before(_part(appointment, "remind")),
        morning=_morning(_part(appointment, "morning")),
        after=_after(_part(appointment, "after")),
        offer=_after(_part(missed, "offer")),
        missed_overdue=_after(_part(missed, "overdue")),
        again=_again(_part(content, "again")),
        look_back=timedelta(hours=_number(content, "look_back_hours", 1)),
        horizon=timedelta(days=_number(content, "horizon_days", 1)),
        words=_said(_part(content, "words")),
    )


def _calendar(content: Content) -> CalendarPolicy:
    overdue = _part(content, "overdue")
    return CalendarPolicy(
        time=_clock(content, "time"),
        gap_days=_number(content, "gap_days", 1),
        registration_delay=timedelta(hours=_number(content, "registration_delay_hours")),
        coincides_days=_number(content, "coincides_days"),
        names_dates_within_days=_number(content, "names_dates_within_days"),
        early_visit=timedelta(days=_number(content, "early_visit_days")),
        paces=_paces(_rows(content, "paces")),
        overdue_after_book_days=_number(overdue, "after_book_days"),
        overdue_kept_days=_number(overdue, "kept_days"),
        not_told=_names(content, "not_told"),
        pregnancy_ends_on_day=_number(content, "pregnancy_ends_on_day", 1),
    )


def _paces(rows: list[Content]) -> tuple[Pace, ...]:
    paces = tuple(_pace(row) for row in rows)
    limits = [each.up_to_days for each in paces[:-1]]
    if paces[-1].up_to_days is not None:
        raise BadPolicy("paces: the last line must hold for every longer window: leave up_to_days out of it")
    if None in limits or limits != sorted(set(limits), key=lambda days: days or 0):
        raise BadPolicy("paces: every line but the last needs up_to_days, and they must rise")
    return paces


def _pace(row: Content) -> Pace:
    return Pace(
        up_to_days=_number(row, "up_to_days", 1) if "up_to_days" in row else None,
        book_days_before=_number(row, "book_days_before"),
        again_after_days=_number(row, "again_after_days", 1),
        overdue_days_before_end=_number(row, "overdue_days_before_end"),
        late_visit_days=_number(row, "late_visit_days"),
    )


def _before(content: Content) -> BeforePolicy:
    return BeforePolicy(
        timedelta(hours=_number(content, "hours_before", 1)),
        timedelta(hours=_number(content, "last_hours_before")),
        timedelta(hours=_number(content, "hours_after_booking")),
    )


def _unconfirmed(content: Content) -> UnconfirmedPolicy:
    releases = content.get("release")
    if not isinstance(releases, bool):
        raise BadPolicy(f"unconfirmed: release must be true or false: {releases!r} is neither")
    return UnconfirmedPolicy(
        after=timedelta(hours=_number(content, "hours_after", 1)),
        last=timedelta(hours=_number(content, "last_hours_before")),
        releases=releases,
        release_last=timedelta(hours=_number(content, "release_last_hours_before", 1)),
        release_from_months=_number(content, "release_from_months", 6),
    )


def _unreached(content: Content) -> UnreachedPolicy:
    last = timedelta(minutes=_number(content, "last_minutes_before"))
    return UnreachedPolicy(timedelta(hours=_number(content, "hours_after", 1)), last)


def _held_back(content: Content) -> HeldBackPolicy:
    minutes = _part(content, "again_after_minutes")
    if {str(code) for code in minutes} != {str(code) for code in LATER}:
        raise BadPolicy(f"delivery.again_after_minutes must have a line for each of {sorted(LATER)}, and no other")
    spans = {int(code): timedelta(minutes=_number(minutes, code)) for code in minutes}
    return HeldBackPolicy(spans, _number(content, "most_tries", 1))


def _morning(content: Content) -> MorningPolicy:
    last = timedelta(minutes=_number(content, "last_minutes_before"))
    return MorningPolicy(_clock(content, "time"), _clock(content, "begins_from"), last)


def _after(content: Content) -> AfterPolicy:
    return AfterPolicy(_number(content, "days"), _clock(content, "time"), _number(content, "last_days"))


def _again(content: Content) -> AgainPolicy:
    return AgainPolicy(_clock(content, "morning"), _clock(content, "afternoon"))


def _hours(content: Content) -> Hours:
    hours = Hours(_clock(content, "opens"), _clock(content, "closes"))
    if hours.opens >= hours.closes:
        raise BadPolicy(f"hours must open before they close, on one day: {dict(content)}")
    return hours


def _said(content: Content) -> Words:
    weekdays, months = tuple(content.get("weekdays") or ()), tuple(content.get("months") or ())
    if len(weekdays) != 7 or len(months) != 12:
        raise BadPolicy("words: weekdays must be seven from Monday, months twelve from January")
    visits = _part(content, "visits")
    return Words(
        visits={name: _words(visits, name) for name in ("other", *visits)},
        day_pattern=_words(content, "day"),
        date_pattern=_words(content, "date"),
        between=_words(content, "between"),
        until=_words(content, "until"),
        weekdays=weekdays,
        months=months,
        between_last=_words(content, "and"),
    )


def _refuse_contradictions(policy: Policy) -> None:
    if not policy.confirm.before > policy.confirm.last >= policy.remind.before > policy.remind.last:
        raise BadPolicy(
            "appointment: confirm must be too late before remind is due, and each begin before it is too late"
        )
    if policy.unconfirmed.after >= policy.confirm.before:
        raise BadPolicy("appointment.unconfirmed: hours_after must be less than confirm's hours_before")
    if not policy.hours.opens <= policy.calendar.time < policy.hours.closes:
        raise BadPolicy("calendar: time must lie within hours")
    if not policy.hours.opens <= policy.again.morning < policy.again.afternoon < policy.hours.closes:
        raise BadPolicy("again: morning must come before afternoon, both within hours")
    if not policy.morning_hours.opens <= policy.morning.time < policy.morning.begins_from:
        raise BadPolicy("appointment.morning: time must lie within morning_hours and before begins_from")
    for name, step in (("after", policy.after), ("offer", policy.offer), ("overdue", policy.missed_overdue)):
        if step.days > step.last_days or not policy.hours.opens <= step.time < policy.hours.closes:
            raise BadPolicy(f"{name}: days must not exceed last_days, and time must lie within hours")


def _part(content: Content, name: str) -> Content:
    found = content.get(name)
    if not isinstance(found, dict):
        raise BadPolicy(f"{name} is missing, or is no mapping")
    return found


def _rows(content: Content, name: str) -> list[Content]:
    found = content.get(name)
    if not isinstance(found, list) or not found or not all(isinstance(row, dict) for row in found):
        raise BadPolicy(f"{name} must be a list of mappings, with one at least")
    return found


def _source(row: Content) -> Mapping[str, str]:
    return {"name": _words(row, "name"), "as_of": _words(row, "as_of")}


def _words(content: Content, name: str) -> str:
    found = content.get(name)
    if not isinstance(found, str) or not found:
        raise BadPolicy(f"{name} must be words: {found!r} is none (quote it)")
    return found


def _names(content: Content, name: str) -> frozenset[str]:
    found = content.get(name) or []
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise BadPolicy(f"{name} must be a list of names")
    return frozenset(found)


def _number(content: Content, name: str, least: int = 0) -> int:
    found = content.get(name)
    if type(found) is not int or found < least:
        raise BadPolicy(f"{name} must be a whole number from {least} on: {found!r} is none")
    return found


def _clock(content: Content, name: str) -> time:
    found = content.get(name)
    try:
        return time.fromisoformat(found if isinstance(found, str) else "")
    except ValueError:
        raise BadPolicy(f'{name} must be a time of day such as "08:30", quoted: {found!r} is none') from None
