"""What is published: the shown figures of the published indicators, of every month that no longer changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from latido.indicators.kept import figures_of, months_counted
from latido.indicators.registry import Indicator, Registry
from latido.indicators.rules.figures import Month
from latido.indicators.shown import Shown, shown

TOTAL = "total"


@dataclass(frozen=True)
class PublishedFigure:
    """One line of the files; what is hidden has no numbers. Shares lie between 0 and 1, waits are in its unit."""

    month: str
    indicator: str
    part: str
    commune: int | None
    title: str
    unit: str
    hidden: bool
    of: int | None = None
    hits: int | None = None
    share: float | None = None
    share_low: float | None = None
    share_high: float | None = None
    median: float | None = None
    p90: float | None = None


@dataclass(frozen=True)
class Publication:
    """Everything that is published; months newest first."""

    registry: Registry
    months: tuple[Month, ...]
    figures: tuple[PublishedFigure, ...]

    @property
    def indicators(self) -> dict[str, Indicator]:
        """Those that are published, by name."""
        return published(self.registry)

    def of(self, name: str) -> tuple[PublishedFigure, ...]:
        """The figures of one indicator."""
        return tuple(each for each in self.figures if each.indicator == name)


def published(registry: Registry) -> dict[str, Indicator]:
    """The indicators that the registry publishes."""
    return {name: each for name, each in registry.indicators.items() if each.published}


def publication(connection: Connection, registry: Registry, today: date) -> Publication:
    """What may be published on a day.

    A month is counted anew until the one after it is over: figures that still move would tell, from one day to the
    next, what became of one resident.
    """
    settled = Month.of(today).before().name
    months = tuple(month for month in months_counted(connection) if month.name < settled)
    found = [line for month in months for line in _month(connection, registry, month)]
    return Publication(registry, months, tuple(found))


def _month(connection: Connection, registry: Registry, month: Month) -> Sequence[PublishedFigure]:
    counted = figures_of(connection, month)
    return [
        _line(month, indicator, each)
        for indicator in published(registry).values()
        for each in shown(registry, indicator, counted)
    ]


def _line(month: Month, indicator: Indicator, one: Shown) -> PublishedFigure:
    part, _, commune = one.part.partition(":")
    named = (part or TOTAL, int(commune) if commune else None, one.words or "Total")
    told = PublishedFigure(month.name, indicator.name, *named, indicator.unit, hidden=one.figure is None)
    figure, interval = one.figure, one.interval
    if figure is None:
        return told
    return PublishedFigure(
        *(month.name, indicator.name, *named, indicator.unit),
        hidden=False,
        of=figure.of,
        hits=figure.hits,
        share=_rounded(figure.share) if interval else None,
        share_low=_rounded(interval.low) if interval else None,
        share_high=_rounded(interval.high) if interval else None,
        median=_rounded(figure.median),
        p90=_rounded(figure.p90),
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
