"""Figures as somebody reads them: numbers with a comma, months by their names."""

from __future__ import annotations

from latido.console.showing import MONTHS
from latido.indicators.registry import Unit
from latido.indicators.rules.figures import Figure, Month


def month_in_words(month: Month) -> str:
    """`noviembre de 2026`."""
    return f"{MONTHS[month.number - 1]} de {month.year}"


def month_in_short(month: Month) -> str:
    """`nov 26`."""
    return f"{MONTHS[month.number - 1][:3]} {month.year % 100:02}"


def decimal(value: float, places: int = 1) -> str:
    """A number with a comma, without a nought behind it."""
    shown = f"{value:.{places}f}"
    return (shown.rstrip("0").rstrip(".") if "." in shown else shown).replace(".", ",")


def whole(count: int) -> str:
    """A count, its thousands set apart by a point."""
    return f"{count:,}".replace(",", ".")


def value_of(figure: Figure, unit: Unit) -> float | None:
    """What a chart draws: a share of a hundred, a median, or a count; None of nothing."""
    if unit == "count":
        return float(figure.hits or 0)
    if unit == "share":
        return figure.share * 100 if figure.share is not None else None
    return figure.median


def value_in_words(figure: Figure, unit: Unit) -> str:
    """`37,5 %`, `3 días`, `1,2 min` or a count; empty of nothing."""
    value = value_of(figure, unit)
    if value is None:
        return ""
    if unit == "count":
        return whole(int(value))
    return {"share": "{} %", "days": "{} días", "minutes": "{} min"}[unit].format(decimal(value))
