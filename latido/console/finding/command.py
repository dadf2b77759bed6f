"""`latido console`: what has to be done for it from outside."""

from __future__ import annotations

from collections.abc import Callable

import click
from sqlalchemy import Engine

from latido.console.finding.index import reindex as make_anew


def console_group(open_engine: Callable[[], Engine]) -> click.Group:
    """The group; `open_engine` connects to Latido's database when a command needs it."""

    @click.group()
    def console() -> None:
        """The operators' console."""

    @console.command()
    def reindex() -> None:
        """Make what conversations are found by anew from the message log; the console works meanwhile."""
        click.echo(f"{make_anew(open_engine())} days of conversations indexed")

    return console
