"""One indicator as its page shows it: the figures of a month as bars with words, and the months before as a line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import parse_qsl, urlencode

from latido.console.indicators.charts import Bar, Line, line_of, of_a_hundred, round_end
from latido.console.indicators.words import decimal, month_in_short, value_in_words, value_of, whole
from latido.console.navigation import SECTIONS, Section
from latido.indicators.registry import Indicator, Registry
from latido.indicators.rules.figures import Figure, Month
from latido.indicators.shown import Shown, shown

Counted = Mapping[str, Sequence[Figure]]


@dataclass(frozen=True)
class Row:
    """One bar with its words and the list behind it; without a bar `value` says why (hidden, or of nothing)."""

    words: str
    bar: Bar | None
    value: str
    beside: str = ""
    of: str = ""
    address: str = ""


@dataclass(frozen=True)
class Step:
    """One month of the line, in words."""

    month: str
    value: str


@dataclass(frozen=True)
class Trend:
    """The whole, month after month, oldest first."""

    line: Line
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Panel:
    """One indicator; no rows before it was counted."""

    indicator: Indicator
    rows: tuple[Row, ...]
    axis_end: str
    trend: Trend | None
    address: str

    @property
    def leads_to(self) -> Section | None:
        """The section of the console where the list behind it is."""
        path = self.indicator.leads_to.partition("?")[0]
        return next((each for each in SECTIONS if path and each.path == path), None)


def panel_of(registry: Registry, indicator: Indicator, month: Month, by_month: Mapping[Month, Counted]) -> Panel:
    """A month of an indicator, and its line up to that month; `by_month` holds what was counted of each."""
    figures = shown(registry, indicator, by_month.get(month, {}))
    # The communes are on the map and in its table.
    drawn = [each for each in figures if not _is_commune(indicator, each)]
    end = _end(indicator, drawn)
    rows = tuple(replace(_row(indicator, each, end), address=address_of(indicator, month, each.part)) for each in drawn)
    axis_end = "100 %" if indicator.unit == "share" else whole(round(end))
    return Panel(indicator, rows, axis_end, _trend(registry, indicator, by_month), address_of(indicator, month))


def address_of(indicator: Indicator, month: Month, part: str = "") -> str:
    """The list behind an indicator, or behind one of its parts; that of conversations narrowed to the month."""
    path, _, query = indicator.leads_to.partition("?")
    wanted = dict(parse_qsl(query))
    if path == "/":
        wanted |= {"since": month.first.isoformat(), "until": (month.next().first - timedelta(days=1)).isoformat()}
    if part and indicator.narrowed:
        wanted[indicator.narrowed] = part
    return f"{path}?{urlencode(wanted)}" if wanted else path


def _is_commune(indicator: Indicator, one: Shown) -> bool:
    return indicator.by == "mode_and_commune" and not one.part.endswith(":")


def _end(indicator: Indicator, figures: Sequence[Shown]) -> float:
    if indicator.unit == "share":
        return 100.0
    values = [each.figure.p90 or each.figure.hits or 0 for each in figures if each.figure]
    return round_end(max(values, default=0))


def _row(indicator: Indicator, one: Shown, end: float) -> Row:
    words = one.words or "Total"
    if one.figure is None:
        return Row(words, None, "No se muestra: son pocas")
    value = value_of(one.figure, indicator.unit)
    if value is None:
        return Row(words, None, "Todavía nada")
    bar = Bar(of_a_hundred(value, end), *_span(one, end))
    of = "" if indicator.unit == "count" else whole(one.figure.of)
    return Row(words, bar, value_in_words(one.figure, indicator.unit), _beside(one), of)


def _span(one: Shown, end: float) -> tuple[float | None, float | None]:
    if one.interval:
        return of_a_hundred(one.interval.low * 100, end), of_a_hundred(one.interval.high * 100, end)
    if one.figure and one.figure.median is not None and one.figure.p90 is not None:
        return of_a_hundred(one.figure.median, end), of_a_hundred(one.figure.p90, end)
    return None, None


def _beside(one: Shown) -> str:
    if one.interval:
        return f"entre {decimal(one.interval.low * 100)} y {decimal(one.interval.high * 100)}"
    if one.figure and one.figure.p90 is not None:
        return f"9 de cada 10, hasta {decimal(one.figure.p90)}"
    return ""


def _trend(registry: Registry, indicator: Indicator, by_month: Mapping[Month, Counted]) -> Trend | None:
    """None while fewer than two months can be shown."""
    months = sorted(by_month, key=lambda month: month.name)
    wholes = [_whole(registry, indicator, by_month[month]) for month in months]
    values = [value_of(figure, indicator.unit) if figure else None for figure in wholes]
    known = [value for value in values if value is not None]
    if len(known) < 2:
        return None
    end = 100.0 if indicator.unit == "share" else max(known)
    said = (value_in_words(figure, indicator.unit) if figure else "" for figure in wholes)
    steps = tuple(Step(month_in_short(month), value) for month, value in zip(months, said, strict=True))
    return Trend(line_of(values, end), steps)


def _whole(registry: Registry, indicator: Indicator, counted: Counted) -> Figure | None:
    figures = shown(registry, indicator, counted)
    return next((each.figure for each in figures if not each.part), None)
