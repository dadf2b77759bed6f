"""The files of open data, as bytes: CSV and JSON. Pure."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from latido.console.export.cells import inert
from latido.indicators.open_data.dictionary import NAMES, dictionary
from latido.indicators.open_data.publication import Publication, PublishedFigure


def as_csv(figures: Iterable[PublishedFigure]) -> bytes:
    """UTF-8 with a header, commas and CRLF (RFC 4180); a cell that a spreadsheet would compute is made text."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(NAMES)
    for figure in figures:
        line = asdict(figure)
        writer.writerow([_cell(line[name]) for name in NAMES])
    return file.getvalue().encode()


def as_json(publication: Publication, figures: Iterable[PublishedFigure]) -> bytes:
    """The figures with the licence and the place of their dictionary."""
    return to_bytes(
        {
            "title": "Indicadores de Latido",
            "licence": publication.registry.licence,
            "dictionary": "/open-data/dictionary.json",
            "months": [month.name for month in publication.months],
            "figures": [asdict(each) for each in figures],
        }
    )


def dictionary_json(publication: Publication) -> bytes:
    """The data dictionary."""
    return to_bytes(dictionary(publication))


def to_bytes(value: Any) -> bytes:
    """JSON for people as well: Spanish stays readable."""
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def _cell(value: str | int | float | bool | None) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return inert(value) if isinstance(value, str) else str(value)
