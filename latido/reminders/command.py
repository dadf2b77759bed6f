"""`latido reminders`: what is due at a moment, and a run or rehearsal of it. No names, numbers or health words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

import click

from latido.care.errors import HealthServiceUnavailable
from latido.care.services import BUENOS_AIRES
from latido.experiments.effects import effects_of
from latido.experiments.listing import lines
from latido.experiments.rules.arms import Experiment
from latido.reminders.looking import due_rows, rehearse
from latido.reminders.parts import Reminders
from latido.reminders.plan_text import plan_lines
from latido.reminders.rounds import plan_all, send_round
from latido.reminders.timelines import WhichResident

OpenReminders = Callable[[], Reminders]


class Moment(click.ParamType[datetime]):
    """A moment such as 2026-11-23T10:00, on the city's clocks unless it has an offset."""

    name = "moment"

    def convert(self, value: object, param: click.Parameter | None, context: click.Context | None) -> datetime:
        """The aware moment."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"{value!r} is no moment: write it as 2026-11-23T10:00", param, context)
        return moment if moment.tzinfo else moment.replace(tzinfo=BUENOS_AIRES)


_now = click.option("--now", type=Moment(), help="As if it were this moment (local). Default: now.")


def reminders_group(open_reminders: OpenReminders) -> click.Group:
    """The commands; `open_reminders` connects to Latido's database and FHIR server when one is run."""

    @click.group("reminders")
    def group() -> None:
        """See what reminders are due, and rehearse a day."""

    @group.command("due")
    @_now
    @click.option("--limit", type=click.IntRange(1), default=200, show_default=True, help="Rows at most.")
    def due(now: datetime | None, limit: int) -> None:
        """List what is due and not sent yet: when, what, and what is in its way."""
        _show_due(_at(open_reminders(), now), limit)

    @group.command("run")
    @_now
    @click.option("--dry-run", is_flag=True, help="Only say what would be done.")
    def run(now: datetime | None, dry_run: bool) -> None:
        """Plan everybody who is stale or due, queue what is due, and say how many; a sender then sends it."""
        reminders = _at(open_reminders(), now)
        if dry_run:
            _show("would be", rehearse(reminders))
        else:
            click.echo(f"planned: {plan_all(reminders)} residents")
            _show("now", send_round(reminders))

    @group.command("plan")
    @click.argument("resident")
    @_now
    def plan_of(resident: str, now: datetime | None) -> None:
        """Show what is due, booked, said and planned for RESIDENT: the first signs of her key, as `due` lists them."""
        try:
            click.echo("\n".join(plan_lines(_at(open_reminders(), now), resident)))
        except (WhichResident, HealthServiceUnavailable) as error:
            raise click.ClickException(str(error)) from error

    @group.command("effects")
    @click.option("--experiment", "name", help="Only this one, by its name in data/reminders/experiments.yml.")
    def effects(name: str | None) -> None:
        """Show what each wording that is compared did, and how sure that is. Small numbers are hidden."""
        _show_effects(open_reminders(), name)

    return group


def _show_effects(reminders: Reminders, name: str | None) -> None:
    wanted = [each for each in _experiments(reminders) if name in (None, each.name)]
    if not wanted:
        names = ", ".join(each.name for each in _experiments(reminders)) or "none"
        raise click.ClickException(f"no such experiment; there are: {names}")
    with reminders.care.engine.connect() as connection:
        for effect in effects_of(connection, wanted, reminders.care.now()):
            for line in lines(effect):
                click.echo(line)


def _experiments(reminders: Reminders) -> tuple[Experiment, ...]:
    return reminders.experiments.all if reminders.experiments else ()


def _at(reminders: Reminders, now: datetime | None) -> Reminders:
    moment = now or datetime.now(UTC)
    return replace(reminders, care=replace(reminders.care, now=lambda: moment))


def _show_due(reminders: Reminders, limit: int) -> None:
    rows = due_rows(reminders, limit)
    for each in rows:
        when = each.due_at.astimezone(BUENOS_AIRES).strftime("%Y-%m-%d %H:%M")
        click.echo(
            f"{when}  {each.id:>9}  {each.whose}…  {each.name:<10}  {each.state:<8}  {each.why_not or 'due now'}"
        )
    click.echo(f"{len(rows)} due{', there may be more' if len(rows) == limit else ''}")


def _show(verb: str, outcomes: Mapping[str, int]) -> None:
    for state, count in sorted(outcomes.items()):
        click.echo(f"{verb} {state}: {count}")
    if not outcomes:
        click.echo("nothing is due")
