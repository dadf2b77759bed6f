"""`latido audit`: read the audit log, and see that nobody touched it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime

import click
from sqlalchemy import Engine

from latido.console.audit.log import verify
from latido.console.audit.reading import Wanted, entry_page

FAULTS = {
    "missing": "an entry is missing before it",
    "unchained": "it does not follow from the one before it",
    "changed": "it was changed after it was written",
    "noted": "it is not there as it was noted: entries were cut off, or the log was written anew",
}
_NOTED = re.compile(r"([1-9][0-9]{0,17}):([0-9a-f]{64})")


def audit_group(open_engine: Callable[[], Engine]) -> click.Group:
    """The group; `open_engine` connects to Latido's database when a command needs it."""

    @click.group()
    def audit() -> None:
        """What operators did, chained so that a change is found out."""

    @audit.command("verify")
    @click.option("--expect", default="", metavar="NUMBER:HASH", help="An entry noted down earlier that must be there.")
    def verify_(expect: str) -> None:
        """Walk the chain; prints its end to note down elsewhere, and fails naming the first entry that is wrong."""
        noted = _NOTED.fullmatch(expect)
        if expect and not noted:
            raise click.UsageError("--expect takes what an earlier `latido audit verify` printed, NUMBER:HASH")
        with open_engine().connect() as connection:
            verdict = verify(connection, (int(noted[1]), noted[2]) if noted else None)
        if verdict.broken is not None:
            raise click.ClickException(f"entry {verdict.broken}: {FAULTS[verdict.why]}")
        click.echo(f"{verdict.entries} entries, unbroken. The end: {verdict.entries}:{verdict.head}")

    @audit.command("list")
    @click.option("--operator", default="", help="Only this operator's entries.")
    @click.option("--action", default="", help="Only entries of this action.")
    @click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="Only of this day, in Buenos Aires.")
    @click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
    def list_(operator: str, action: str, day: datetime | None, limit: int) -> None:
        """Print entries, newest first; residents by the beginning of their key."""
        wanted = Wanted(operator, action, day=day.date() if day else None)
        with open_engine().connect() as connection:
            found = entry_page(connection, wanted, limit)
        for row in found.entries:
            details = json.dumps(row.details, ensure_ascii=False)
            who, about = row.operator or "-", (row.subject or "-")[:6]
            click.echo(f"{row.id:>6} {row.at:%Y-%m-%d %H:%M:%S} UTC {who:<16} {row.action:<20} {about:<6} {details}")

    return audit
