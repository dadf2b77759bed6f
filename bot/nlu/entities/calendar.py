"""Days as people say them (the rules of docs/nlu.md, "Days"); pure functions of a date."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta

MONTHS = {
    "enero": 1, "febrero": 2, "marzo": 3, "abril": 4, "mayo": 5, "junio": 6, "julio": 7, "agosto": 8,
    "septiembre": 9, "setiembre": 9, "octubre": 10, "noviembre": 11, "diciembre": 12,
    "ene": 1, "feb": 2, "mar": 3, "abr": 4, "jun": 6, "jul": 7, "ago": 8, "sep": 9, "sept": 9, "set": 9, "oct": 10,
    "nov": 11, "dic": 12,
}  # fmt: skip
MONTH = r"(?:" + "|".join(sorted(MONTHS, key=len, reverse=True)) + r")"
WEEKDAYS = {"lunes": 0, "martes": 1, "miercoles": 2, "jueves": 3, "viernes": 4, "sabado": 5, "domingo": 6}
WEEKDAY = r"(?:" + "|".join(WEEKDAYS) + r")"


def real_date(year: int, month: int, day: int) -> date | None:
    """The date, or None when the month has no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def year_of(written: int, today: date, birth: bool) -> int:
    """Two digits as a year: a birth is past, anything else at most next year."""
    if written >= 100:
        return written
    limit = today.year if birth else today.year + 1
    return 2000 + written if 2000 + written <= limit else 1900 + written


def day_and_month(day: int, month: int, today: date, past: bool) -> date | None:
    """The next such day, today included; with a cue of the past the latest."""
    years = range(today.year, today.year - 9, -1) if past else range(today.year, today.year + 9)
    for year in years:
        found = real_date(year, month, day)
        if found and (found <= today if past else found >= today):
            return found
    return None


def day_number(day: int, today: date, past: bool) -> date | None:
    """The next day of that number after today; with a cue of the past the latest before."""
    year, month = today.year, today.month
    for _ in range(14):
        found = real_date(year, month, day)
        if found and (found < today if past else found > today):
            return found
        year, month = month_shift(year, month, -1 if past else 1)
    return None


def weekday(number: int, today: date, past: bool, next_week: bool = False) -> date:
    """The next such weekday, today excluded; with a cue of the past the latest before."""
    if next_week:
        return today - timedelta(days=today.weekday()) + timedelta(days=7 + number)
    if past:
        return today - timedelta(days=(today.weekday() - number - 1) % 7 + 1)
    return today + timedelta(days=(number - today.weekday() - 1) % 7 + 1)


def months_away(today: date, months: int) -> date:
    """The same day number some months away, cut to the end of a shorter month."""
    year, month = month_shift(today.year, today.month, months)
    return date(year, month, min(today.day, monthrange(year, month)[1]))


def month_shift(year: int, month: int, by: int) -> tuple[int, int]:
    """Year and month some months away."""
    index = year * 12 + month - 1 + by
    return index // 12, index % 12 + 1


def last_of_month(day: date) -> date:
    """The last day of its month."""
    return date(day.year, day.month, monthrange(day.year, day.month)[1])


def nth_weekday(nth: int, number: int, month: int, today: date) -> date | None:
    """The first (1) … or last (-1) such weekday of the next such month, this one if it is not over."""
    year = today.year if month >= today.month else today.year + 1
    days = [day for d in range(1, monthrange(year, month)[1] + 1) if (day := date(year, month, d)).weekday() == number]
    index = nth - 1 if nth > 0 else nth
    return days[index] if -len(days) <= index < len(days) else None


def month_range(month: int, today: date, past: bool) -> tuple[date, date]:
    """First and last day of the latest or next such month, this one included."""
    year = today.year
    if past and month > today.month:
        year -= 1
    if not past and month < today.month:
        year += 1
    return date(year, month, 1), last_of_month(date(year, month, 1))
