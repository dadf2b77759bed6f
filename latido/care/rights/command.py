"""`latido opinions`: what residents said of the service, for the people who run it. Never who said it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import click
from sqlalchemy import Engine, select

from latido.care.rights.tables import feedback
from latido.crypto import Vault
from latido.messaging.redaction import masked


def opinions_command(open_log: Callable[[], tuple[Engine, Vault]]) -> click.Command:
    """The command; `open_log` connects to Latido's database when it is run."""

    @click.command()
    @click.option("--days", type=click.IntRange(1), default=30, show_default=True, help="How far back.")
    @click.option("--kind", type=click.Choice(("praise", "complaint", "other")), help="Only these.")
    def opinions(days: int, kind: str | None) -> None:
        """Praise and complaints, newest first: day, kind, centre, words with documents and phones masked."""
        engine, vault = open_log()
        for line in opinion_lines(engine, vault, datetime.now(UTC) - timedelta(days=days), kind):
            click.echo(line)

    return opinions


def opinion_lines(engine: Engine, vault: Vault, since: datetime, kind: str | None = None) -> Iterator[str]:
    """One line an opinion, newest first."""
    wanted = select(feedback).where(feedback.c.created_at >= since).order_by(feedback.c.created_at.desc())
    if kind is not None:
        wanted = wanted.where(feedback.c.kind == kind)
    with engine.connect() as connection:
        rows = connection.execute(wanted).all()
    for row in rows:
        center = f"CeSAC {row.center_number}" if row.center_number else "-"
        words = " ".join(masked(vault.open(row.text_sealed)).split())
        yield f"{row.created_at:%Y-%m-%d}  {row.kind:<9}  {center:<9}  {words}"
