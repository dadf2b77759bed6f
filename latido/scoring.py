"""`latido danger`, `latido dates`, `latido gestation`: how well the bot's own understanding does on a file.

The understanding lives in the bot's environment, so its Python is started; nothing of it is imported here.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import click

import latido
from latido.supervisor.parts import BOT_ENVIRONMENT

PROJECT = Path(latido.__file__).resolve().parent.parent

_FILE = click.argument("file", type=click.Path(path_type=Path))


@click.command()
@_FILE
def dates(file: Path) -> None:
    """Score days and hours: a FILE of JSON lines with text, now and any of date, part, time.

    A date is YYYY-MM-DD, a part morning or afternoon, a time HH:MM; null says that none can be told. A field left out
    is not scored. Prints each miss and the figures; ends with 0 whatever the score, with 2 when a line cannot be read.
    """
    run("dates", file)


@click.command()
@_FILE
def gestation(file: Path) -> None:
    """Score weeks of pregnancy: a FILE of JSON lines with text, now, weeks_min and weeks_max (or null).

    Prints each miss and the figures; ends with 0 whatever the score, with 2 when a line cannot be read.
    """
    run("gestation", file)


@click.command()
@_FILE
def danger(file: Path) -> None:
    """Score danger, violence and self-harm: a FILE of JSON lines with text, now and urgent (true or false).

    Prints each missed danger and each false alarm, then recall and false alarms; ends with 0 whatever the score, with
    2 when a line cannot be read. Uses the trained model; without one, the danger detector alone.
    """
    run("danger", file)


def run(kind: str, file: Path) -> None:
    """Scores a file in the bot's environment and ends with its exit code."""
    python = PROJECT / ".venv-bot" / "bin" / "python"
    if not python.exists():
        raise click.ClickException("the bot's environment is missing: run `make setup`")
    environment = {**os.environ, **BOT_ENVIRONMENT, "PYTHONPATH": str(PROJECT), "PYTHONIOENCODING": "utf-8"}
    command = [str(python), "-m", "bot.nlu.scoring", kind, str(file)]
    raise SystemExit(subprocess.run(command, env=environment, check=False).returncode)


COMMANDS = (danger, dates, gestation)
