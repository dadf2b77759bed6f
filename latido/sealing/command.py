"""`latido secrets`: replace LATIDO_SECRET_KEY without losing anybody."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import click
from sqlalchemy import Engine

from latido.crypto import Vault
from latido.schema import metadata
from latido.sealing.rotation import BATCH, Rotated, rotate


def secrets_group(open_log: Callable[[], tuple[Engine, Vault]]) -> click.Group:
    """The group; `open_log` connects to Latido's database when a command needs it."""

    @click.group("secrets")
    def group() -> None:
        """The secret that seals phones and health texts (docs/security.md says in which order to replace it)."""

    @group.command("new")
    def new() -> None:
        """Print a new random secret, for LATIDO_SECRET_KEY."""
        click.echo(secrets.token_urlsafe(32))

    @group.command("rotate")
    @click.option("--batch", type=click.IntRange(1, 10_000), default=BATCH, show_default=True, help="Rows at a time.")
    def rotate_(batch: int) -> None:
        """Seal everything under LATIDO_SECRET_KEY that is under one of LATIDO_OLD_SECRET_KEYS.

        Messages may come in meanwhile. Killed, it is begun again and goes on. Fails as long as something is left.
        """
        engine, vault = open_log()
        vault.lasting  # noqa: B018 - first: whoever has the wrong secrets is told before anything is touched
        tallies = []
        for tally in rotate(engine, vault, metadata, lambda count: None, batch):
            tallies.append(tally)
            click.echo(f"{tally.table:<20} {tally.renewed:>8} sealed anew, {tally.already:>8} already were")
        _judge(tallies)

    return group


def _judge(tallies: list[Rotated]) -> None:
    unreadable = {tally.table: tally.unreadable for tally in tallies if tally.unreadable}
    if unreadable:
        where = ", ".join(f"{count} of {table}" for table, count in unreadable.items())
        raise click.ClickException(f"no secret given opens {where}: add theirs to LATIDO_OLD_SECRET_KEYS")
    if any(tally.renewed or tally.overtaken for tally in tallies):
        click.echo("Run it once more when every process has the new secret: it has to find nothing left.")
        return
    click.echo("Nothing is left under an older secret: LATIDO_OLD_SECRET_KEYS may go.")
