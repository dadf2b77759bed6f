"""`latido retention`: what is kept for how long, what is due to go, and a run of it by hand."""

from __future__ import annotations

from collections.abc import Callable

import click
from sqlalchemy import select

from latido.care.services import Care
from latido.retention.periods import Periods, load_periods
from latido.retention.rounds import overdue, retain
from latido.retention.tables import marks


def retention_group(open_care: Callable[[], Care]) -> click.Group:
    """The commands; `open_care` connects to Latido's database when one is run."""

    @click.group("retention")
    def group() -> None:
        """See what is kept for how long, and remove what is over. Workers do it by themselves, hourly."""

    @group.command("status")
    def status() -> None:
        """List the periods, what is over and still there, and what was removed so far."""
        periods = load_periods()
        care = open_care()
        for line in status_lines(care, periods):
            click.echo(line)

    @group.command("run")
    @click.option("--dry-run", is_flag=True, help="Count what would go, and remove nothing.")
    def run(dry_run: bool) -> None:
        """Remove what is over, in small batches."""
        periods, care = load_periods(), open_care()
        gone = overdue(care, periods) if dry_run else dict(retain(care, periods))
        for name, count in gone.items():
            click.echo(f"{name:20}  {count:9}")
        click.echo(f"{'would go' if dry_run else 'removed'}: {sum(gone.values())} rows")

    return group


def status_lines(care: Care, periods: Periods) -> list[str]:
    """A line a period: its days, what is over, what was removed so far and when last."""
    over = overdue(care, periods)
    with care.engine.connect() as connection:
        done = {row.period: row for row in connection.execute(select(marks))}
    lines = [f"{'period':20}  {'days':>5}  {'over':>9}  {'removed':>9}  last"]
    for name, period in periods.periods.items():
        mark = done.get(name)
        last = f"{mark.last_at:%Y-%m-%d}" if mark and mark.last_at else "-"
        lines.append(f"{name:20}  {period.days:5}  {over[name]:9}  {mark.removed if mark else 0:9}  {last}")
    return lines
