"""`latido backup` and `latido restore`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import click
from sqlalchemy import Engine

from latido.backup.dumping import BackupFailed, analyze, dump, put_back
from latido.database import migrate
from latido.messaging.doubt import begin_doubt, doubt_open_messages
from latido.messaging.provider import SendProblem
from latido.messaging.reconciliation import Reconciliation


class Restored(Protocol):
    """What is put back, and whoever knows what happened since."""

    @property
    def database_url(self) -> str:
        """The empty database."""

    @property
    def engine(self) -> Engine:
        """Connections to it."""

    @property
    def reconciliation(self) -> Reconciliation:
        """What residents wrote, as Twilio has it."""


def backup_command(url: Callable[[], str]) -> click.Command:
    """`latido backup FILE`, on the database that `url` names."""

    @click.command("backup")
    @click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
    def backup(file: Path) -> None:
        """Write a copy of the database to FILE while everything goes on.

        Phones and documents in it are sealed with LATIDO_SECRET_KEY, which is not in it: keep that apart. What
        residents wrote is in it with documents and phones masked, so encrypt the file before it leaves the machine.
        """
        try:
            dump(url(), file)
        except BackupFailed as error:
            raise click.ClickException(str(error)) from error
        click.echo(f"{file}: {file.stat().st_size:,} bytes")

    return backup


def restore_command(find: Callable[[], Restored]) -> click.Command:
    """`latido restore FILE`, into the empty database of the settings."""

    @click.command("restore")
    @click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
    def restore(file: Path) -> None:
        """Fill an empty database from FILE, while no part of Latido runs.

        What residents wrote since the copy was made is fetched from Twilio, and what may have been sent since is
        asked of Twilio before it is sent: nobody is answered or reminded twice. Start the parts when it is done.
        """
        to = find()
        try:
            put_back(to.database_url, file)
            migrate(to.database_url)
            fetched, doubtful = settle(to.engine, to.reconciliation)
        except (BackupFailed, SendProblem) as error:
            raise click.ClickException(f"{error}. Nothing may run on this database: drop it and try again.") from error
        click.echo(f"restored; {fetched} messages fetched from Twilio, {doubtful} open ones are settled with it")

    return restore


def settle(engine: Engine, lookup: Reconciliation) -> tuple[int, int]:
    """Fetch from Twilio what residents wrote since the copy; returns how many, and how many messages are open."""
    with engine.begin() as connection:
        since = begin_doubt(connection, datetime.now(UTC))
    fetched = replace(lookup, time_to_arrive=timedelta(0), _seen_until=since).look()
    with engine.begin() as connection:
        doubtful = doubt_open_messages(connection, since)
    analyze(engine)
    return fetched, doubtful
