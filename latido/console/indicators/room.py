"""The page of indicators: a month, each figure with its definition."""

from __future__ import annotations

from sqlalchemy import Connection
from starlette.responses import Response

from latido.console.alerts import open_alert_count
from latido.console.indicators.communes import Communes, communes_of
from latido.console.indicators.panels import Counted, panel_of
from latido.console.indicators.words import month_in_short, month_in_words
from latido.console.pages import page
from latido.console.showing import BUENOS_AIRES
from latido.console.visits import Problem, Visit
from latido.indicators.kept import counted_at, figures_of, months_counted
from latido.indicators.registry import Registry, load_registry
from latido.indicators.rules.figures import Month
from latido.indicators.shown import shown

LINE_OF_MONTHS = 12


def indicators(visit: Visit) -> Response:
    """The figures of a month: that of the address, else the newest that was counted."""
    registry = load_registry()
    with visit.console.engine.connect() as connection:
        months = months_counted(connection)
        month = _chosen(visit, months)
        by_month = _by_month(connection, months, month)
        at, alerts = counted_at(connection, month), open_alert_count(connection)
    panels = [panel_of(registry, each, month, by_month) for each in registry.indicators.values()]
    shown_months = months[: LINE_OF_MONTHS * 2]
    return page(
        visit,
        "indicators.html",
        alerts=alerts,
        registry=registry,
        panels=panels,
        communes=_communes(registry, by_month.get(month, {})),
        month=month,
        months=shown_months,
        counted_at=at,
        is_over=month.next().first <= visit.console.now().astimezone(BUENOS_AIRES).date(),
        in_words=month_in_words,
        in_short=month_in_short,
    )


def _chosen(visit: Visit, months: list[Month]) -> Month:
    given = visit.request.query_params.get("month")
    if given is None:
        today = visit.console.now().astimezone(BUENOS_AIRES).date()
        return months[0] if months else Month.of(today)
    try:
        return Month.named(given)
    except ValueError as error:
        raise Problem(404, "Ese mes no existe: se escribe como 2026-11.") from error


def _by_month(connection: Connection, months: list[Month], month: Month) -> dict[Month, Counted]:
    """What was counted up to that month, a year back at most."""
    before = [each for each in months if each.name <= month.name][:LINE_OF_MONTHS]
    return {each: figures_of(connection, each) for each in before}


def _communes(registry: Registry, counted: Counted) -> Communes | None:
    figures = shown(registry, registry.indicators["within_15_minutes"], counted)
    return communes_of(registry, figures) if figures else None
