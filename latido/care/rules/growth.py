"""The calendar of growing up: months and years after a day, and how old somebody is. Pure."""

from __future__ import annotations

from calendar import monthrange
from datetime import date


def months_after(day: date, months: int) -> date:
    """The same day of the month so many months later, cut to the end of a shorter month."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def years_after(day: date, years: int) -> date:
    """The same day so many years later; of 29 February the 28th where there is none."""
    return months_after(day, 12 * years)


def completed_months(born_on: date, day: date) -> int:
    """The completed months of age on a day; 0 before the first is complete."""
    months = (day.year - born_on.year) * 12 + day.month - born_on.month
    return max(0, months if months_after(born_on, months) <= day else months - 1)
