"""`latido places`: what an operator does with the city's places."""

from __future__ import annotations

import json
from pathlib import Path

import click

from latido.care.places.open_data.check import check as check_tables
from latido.care.places.open_data.report import as_json, as_text


@click.group()
def places() -> None:
    """The city's centres, hospitals, early-childhood centres and neighbourhoods."""


@places.command()
@click.argument("given", metavar="FILE_OR_FOLDER", type=click.Path(exists=True, path_type=Path))
@click.option("--json", "for_program", is_flag=True, help="Print JSON instead of a table.")
def check(given: Path, for_program: bool) -> None:
    """Compare fresh open-data files with the places that Latido ships.

    Tells what was added, is gone, has moved (in metres), is called otherwise or has other phones, services or ages, and
    what cannot be right. Nothing is written. Ends with 0 when nothing changed, 1 when something did or is doubtful, 2
    when a row or a file cannot be read.
    """
    report = check_tables(given)
    click.echo(json.dumps(as_json(report), ensure_ascii=False, indent=2) if for_program else as_text(report))
    raise SystemExit(report.exit_code)
