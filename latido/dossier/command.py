"""`latido residents`: the copy a resident asks for in writing, and erasing what is kept of her, from a shell."""

from __future__ import annotations

import hashlib
import secrets
import sys
from collections.abc import Callable

import click

from latido.care.services import Care
from latido.console.audit.log import record
from latido.console.data.room import ASKED_BY, ERASED, SHORTEST
from latido.console.export.download import BEGUN, ENDED
from latido.console.thread import is_known
from latido.dossier.holdings import CareHoldings

_WHO = click.option("--asked-by", type=click.Choice(ASKED_BY), required=True, help="Who asked for it.")
_WHY = click.option("--words", required=True, help="How it was asked for, and how it was made sure that it is hers.")


def residents_group(open_care: Callable[[], Care]) -> click.Group:
    """The commands; `open_care` connects to Latido's database when one is run."""

    @click.group("residents")
    def group() -> None:
        """What is kept of one resident, for whoever she asks in writing; she is named by her key, not by a phone."""

    @group.command("key")
    def key() -> None:
        """Ask for a phone, without showing it, and print the key it is kept under."""
        phone = click.prompt("Phone, +54...", hide_input=True, err=True)
        click.echo(open_care().vault.resident_key(phone))

    @group.command("export")
    @click.argument("resident")
    @click.option("--as", "kind", type=click.Choice(("json", "html")), default="json", show_default=True)
    @_WHO
    @_WHY
    def export(resident: str, kind: str, asked_by: str, words: str) -> None:
        """Write all that is kept of her to the standard output; noted in the audit log before and after."""
        care = _known(open_care(), resident, words)
        facts = {"sheet": "resident_data", "file": kind, "asked_by": asked_by, "words": words}
        with care.engine.begin() as connection:
            number = record(connection, None, BEGUN, resident, **facts)
        digest = hashlib.sha256()
        for piece in CareHoldings(lambda: care).copy(resident, "html" if kind == "html" else "json"):
            digest.update(piece.encode())
            sys.stdout.write(piece)
        with care.engine.begin() as connection:
            record(connection, None, ENDED, resident, of=number, complete=True, sha256=digest.hexdigest())

    @group.command("erase")
    @click.argument("resident")
    @click.option("--yes", is_flag=True, help="Do not ask once more.")
    @_WHO
    @_WHY
    def erase(resident: str, yes: bool, asked_by: str, words: str) -> None:
        """Erase what is kept of her, as if she had written BORRAR; what the health service keeps stays."""
        care = _known(open_care(), resident, words)
        if not yes:
            click.confirm(f"Erase all of {resident[:6]}? It cannot be taken back.", abort=True)
        with care.engine.begin() as connection:
            record(connection, None, ERASED, resident, asked_by=asked_by, words=words)
        told = CareHoldings(lambda: care).erase(resident, secrets.token_hex(16))
        click.echo("erased: " + "; ".join(told.erased))
        click.echo("kept: " + "; ".join(told.kept))
        click.echo("appointments that stand: " + ("unknown" if told.appointments is None else str(told.appointments)))

    return group


def _known(care: Care, resident: str, words: str) -> Care:
    if len(words.strip()) < SHORTEST:
        raise click.UsageError(f"--words: say it in {SHORTEST} signs or more")
    with care.engine.connect() as connection:
        if not is_known(connection, resident):
            raise click.ClickException(
                "nobody of this key has written; `latido residents key` prints the key of a phone"
            )
    return care
