"""The day that each way of naming one stands for (the rules of docs/nlu.md, "Weeks, days and hours")."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from bot.nlu.entities.calendar import (
    MONTHS,
    WEEKDAYS,
    day_and_month,
    day_number,
    month_shift,
    months_away,
    nth_weekday,
    real_date,
    weekday,
    year_of,
)
from bot.nlu.entities.numbers import number_of

Match = re.Match[str]


_TUESDAY = 1  # also for "mar", which before no number is March


class NoDay(Exception):
    """What looked like a day is none (a price, a temperature, an hour)."""


@dataclass(frozen=True)
class View:
    """What a pattern needs to know: today, whether to look back, whether it is a birth."""

    today: date
    past: bool
    birth: bool = False


ValueOf = Callable[[Match, View], "date | None"]


def numeric_day(match: Match, view: View) -> date | None:
    """28/11, 28-11-26; NoDay for a price, a temperature, an hour."""
    day, month = int(match["d"]), int(match["m"])
    decimal = match["s"] == "." and " " in match.group()
    if not 1 <= day <= 31 or month == 0 or (month > 12 and match["s"] != "/") or decimal:
        raise NoDay
    if match["y"]:
        return real_date(year_of(int(match["y"]), view.today, view.birth), month, day)
    return day_and_month(day, month, view.today, view.past)


def _day_of(written: str) -> int:
    """The day of a month: a number, or "primero" in one of its ways."""
    return 1 if re.match(r"prim|1(?:er|ro|°|º)", written) else number_of(written)


def iso_day(match: Match, view: View) -> date | None:
    """2026-11-28."""
    return real_date(int(match["y"]), int(match["m"]), int(match["d"]))


def named_day(match: Match, view: View) -> date | None:
    """28 de noviembre, with or without a year."""
    day, month = _day_of(match["d"]), MONTHS[match["m"]]
    year = match["y"] or match["short"] or (match["bare"] if view.birth else None)
    if year:
        return real_date(year_of(int(year), view.today, view.birth), month, day)
    if match["year"]:
        shift = -1 if "pasado" in match["year"] else 0 if "este" in match["year"] else 1
        return real_date(view.today.year + shift, month, day)
    return day_and_month(day, month, view.today, view.past or bool(match["past"] or match["gone"]))


def day_of_week(match: Match, view: View) -> date | None:
    """El jueves, with or without its number or its week."""
    number, week = WEEKDAYS.get(match["w"], _TUESDAY), match["week"] or match["ahead"] or ""
    monday = view.today - timedelta(days=view.today.weekday())
    if "esta semana" in week:
        return monday + timedelta(days=number)
    if "pasada" in week:
        return monday + timedelta(days=number - 7)
    past = view.past or bool(match["past"] or match["gone"])
    day = weekday(number, view.today, past, next_week=bool(week))
    return _checked(match, view, day, past) if match["n"] else day


def _checked(match: Match, view: View, day: date, past: bool) -> date | None:
    """The number counts; None when no such day is that weekday soon, so that she is asked."""
    number = _day_of(match["n"])
    by_number = day_number(number, view.today, past)
    if view.today.day == number and view.today.weekday() == day.weekday():
        return view.today
    return by_number if by_number and by_number.weekday() == day.weekday() else None


def number_day(match: Match, view: View) -> date | None:
    """El 28, of this month or another."""
    day = _day_of(match["n"])
    if not 1 <= day <= 31:
        raise NoDay
    if match["which"]:
        shift = -1 if "pasado" in match["which"] else 0 if re.search("este|corriente", match["which"]) else 1
        year, month = month_shift(view.today.year, view.today.month, shift)
        return real_date(year, month, day)
    return day_number(day, view.today, view.past or bool(match.groupdict().get("past")))


def day_in_month(match: Match, view: View) -> date | None:
    """El mes que viene, el 3."""
    year, month = month_shift(view.today.year, view.today.month, -1 if "pasado" in match["which"] else 1)
    return real_date(year, month, number_of(match["n"]))


def away_day(match: Match, view: View) -> date | None:
    """En 2 semanas, hace un mes."""
    amount = number_of(match["n"])
    back = match["way"] == "hace" or bool(match["back"])
    amount = -amount if back else amount
    if match["unit"].startswith("dia"):
        return view.today + timedelta(days=amount)
    if match["unit"].startswith("semana"):
        return view.today + timedelta(days=7 * amount)
    return months_away(view.today, amount)


def ordinal_day(match: Match, view: View) -> date | None:
    """El primer lunes de marzo."""
    order = {"prim": 1, "segu": 2, "terc": 3, "cuar": 4, "ulti": -1, "1": 1, "2": 2, "3": 3}[_start_of(match["nth"])]
    if match["m"]:
        return nth_weekday(order, WEEKDAYS[match["w"]], MONTHS[match["m"]], view.today)
    _, month = month_shift(view.today.year, view.today.month, 1 if re.search("viene|proximo", match["which"]) else 0)
    day = nth_weekday(order, WEEKDAYS[match["w"]], month, view.today)
    return day if day and day >= view.today else None


def _start_of(nth: str) -> str:
    return nth[0] if nth[0].isdigit() else nth[:4]


def shift(days: int) -> ValueOf:
    """So many days from today."""
    return lambda match, view: view.today + timedelta(days=days)


def nothing(match: Match, view: View) -> date | None:
    """No single day."""
    return None


def first_or_number_day(match: Match, view: View) -> date | None:
    """ "El 28"; "el primero" only when a month is told, else it is a person or a thing."""
    if re.match(r"prim|1e?r", match["n"]) and not match["which"]:
        raise NoDay
    return number_day(match, view)
