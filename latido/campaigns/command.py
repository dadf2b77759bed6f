"""`latido campaigns`: what campaigns there are and how far each has come."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import click
from sqlalchemy import select

from latido.campaigns.parts import Campaigns
from latido.campaigns.results import results_of
from latido.campaigns.rules.counts import STEP, shown
from latido.campaigns.tables import campaign

OpenCampaigns = Callable[[], Campaigns]
COUNTS = ("chosen", "waiting", "sent", "failed", "delivered", "read", "answered", "booked", "opted_out")


def campaigns_group(open_campaigns: OpenCampaigns) -> click.Group:
    """The commands; `open_campaigns` connects to Latido's database when one is run."""

    @click.group("campaigns")
    def group() -> None:
        """See campaigns and how far they have come; they are written and approved at the console."""

    @group.command("list")
    def list_() -> None:
        """List campaigns, the newest first: number, state, days, cap, template, name."""
        with open_campaigns().care.engine.connect() as connection:
            rows = connection.execute(select(campaign).order_by(campaign.c.id.desc())).all()
        for row in rows:
            days = f"{row.first_day} to {row.last_day}"
            click.echo(f"{row.id:>5}  {row.state:<9}  {days}  {row.daily_cap:>6} a day  {row.template}  {row.name}")
        if not rows:
            click.echo("no campaigns yet: operators make them at /console/campaigns")

    @group.command("show")
    @click.argument("number", type=click.IntRange(1))
    def show(number: int) -> None:
        """Show one campaign: its segment, and its counts, none below ten."""
        campaigns = open_campaigns()
        with campaigns.care.engine.connect() as connection:
            row = connection.execute(select(campaign).where(campaign.c.id == number)).first()
            if row is None:
                raise click.ClickException(f"there is no campaign {number}: `latido campaigns list` names them")
            results = results_of(campaigns, connection, number)
        click.echo(f"{row.name}: {row.state}" + (f", {row.reason}" if row.reason else ""))
        click.echo(f"segment: {_in_short(row.segment)}")
        for name in COUNTS:
            click.echo(f"{name.replace('_', ' ')}: {_words(getattr(results, name))}")
        for reason, number_left in sorted(results.left_out.items()):
            click.echo(f"left out, {reason}: {_words(number_left)}")

    return group


def _in_short(segment: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in segment.items() if value)


def _words(count: int) -> str:
    """As the console shows it: a range, and nothing of small numbers."""
    least = shown(count)
    return "fewer than 10" if least is None else f"{least} to {least + STEP - 1}"
