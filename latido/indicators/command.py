"""`latido indicators`: count a month, and show what was counted."""

from __future__ import annotations

from collections.abc import Callable

import click

from latido.care.services import BUENOS_AIRES, Care
from latido.indicators.kept import figures_of
from latido.indicators.registry import Indicator, load_registry
from latido.indicators.rounds import count_month
from latido.indicators.rules.figures import Figure, Month
from latido.indicators.shown import Shown, shown


class MonthName(click.ParamType[Month]):
    """A month such as 2026-11."""

    name = "month"

    def convert(self, value: object, param: click.Parameter | None, context: click.Context | None) -> Month:
        """The month."""
        try:
            return value if isinstance(value, Month) else Month.named(str(value))
        except ValueError:
            self.fail(f"{value!r} is no month: write it as 2026-11", param, context)


_month = click.option("--month", type=MonthName(), help="Which month, as 2026-11. Default: this one.")


def indicators_group(open_care: Callable[[], Care]) -> click.Group:
    """The commands; `open_care` connects to Latido's database and FHIR server when one is run."""

    @click.group("indicators")
    def group() -> None:
        """Count and show the indicators of data/indicators.yml. Workers count this month and the last, daily."""

    @group.command("count")
    @_month
    def count(month: Month | None) -> None:
        """Count a month anew."""
        care = open_care()
        month = month or _this_month(care)
        click.echo(f"counted {count_month(care, month)} indicators of {month.name}")

    @group.command("show")
    @_month
    def show(month: Month | None) -> None:
        """Show a month's figures, counted first where nobody has yet; what tells of a few is hidden."""
        care, registry = open_care(), load_registry()
        month = month or _this_month(care)
        found = _counted(care, month)
        if not found:
            raise click.ClickException(f"{month.name} could not be counted: does the health service answer?")
        for indicator in registry.indicators.values():
            for each in shown(registry, indicator, found):
                click.echo(line_of(indicator, each))

    return group


def _counted(care: Care, month: Month) -> dict[str, list[Figure]]:
    """The figures of a month; counted now when no worker has come to it."""
    if month.first > _this_month(care).first:
        raise click.ClickException(f"{month.name} has not begun")
    with care.engine.connect() as connection:
        found = figures_of(connection, month)
    if found:
        return found
    count_month(care, month)
    with care.engine.connect() as connection:
        return figures_of(connection, month)


def line_of(indicator: Indicator, one: Shown) -> str:
    """A figure as a line of text."""
    label = f"{indicator.name}{f' ({one.words})' if one.words else ''}"
    return f"{label:48}  {_value(indicator, one)}"


def _value(indicator: Indicator, one: Shown) -> str:
    figure = one.figure
    if figure is None:
        return "hidden"
    if figure.of == 0:
        return "-"
    if indicator.unit == "count":
        return str(figure.hits)
    if figure.share is not None and one.interval:
        low, high = one.interval.low, one.interval.high
        return f"{figure.share:.0%} of {figure.of} (95 %: {low:.0%} to {high:.0%})"
    return f"median {figure.median:.1f}, p90 {figure.p90:.1f} {indicator.unit}, of {figure.of}"


def _this_month(care: Care) -> Month:
    return Month.of(care.now().astimezone(BUENOS_AIRES).date())
