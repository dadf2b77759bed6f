"""Reading the tables. A row that cannot be read is told with its line and never stops the others."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Row = dict[str, str]
# What a table must have to be known as that table; the first kind whose columns are all there is the one.
COLUMNS = {
    "centers": ("number", "name", "address", "barrio", "comuna", "phone", "lat", "lon", "hospital_area", "services"),
    "hospitals": ("name", "address", "barrio", "comuna", "phone", "lat", "lon", "has_maternity"),
    "early_childhood_centres": (
        *("kind", "name", "address", "barrio", "comuna", "phone", "min_age_days", "max_age_months", "lat", "lon"),
    ),
    "neighbourhoods": ("name", "kind", "comuna", "lat", "lon", "area_m2", "alt_names", "inside_barrio", "note"),
}
# Not in every copy; empty when absent.
OPTIONAL = ("note", "confidence", "maternity_note", "hours")


class UnknownTable(Exception):
    """A file is none of the tables; the message says which columns are missing."""


class RowFault(Exception):
    """A row cannot be read; the message says what is wrong in it."""


@dataclass(frozen=True)
class Table:
    """One table: its kind (the seed file it belongs to) and its rows, each with its line in the file."""

    kind: str
    name: str
    rows: tuple[tuple[int, Row], ...]


def read_table(path: Path, aliases: Mapping[str, Any]) -> Table:
    """A CSV file as a table, its columns under our names; UnknownTable when it is none of them, or no text."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UnknownTable(f"{path.name}: cannot be read as UTF-8 text ({type(error).__name__})") from error
    lines = csv.DictReader(io.StringIO(text, newline=""))
    try:
        ours = _our_names(lines.fieldnames or (), aliases)
        kind = _kind(path.name, set(ours.values()))
        rows = tuple((lines.line_num, _row(row, ours)) for row in lines)
    except csv.Error as error:
        raise UnknownTable(f"{path.name}: {error}") from error
    return Table(kind, path.name, rows)


def _our_names(columns: Any, aliases: Mapping[str, Any]) -> dict[str, str]:
    by_alias = {alias: name for name, others in aliases.items() for alias in (name, *others)}
    return {column: by_alias.get(column.strip().lower(), column.strip().lower()) for column in columns if column}


def _kind(file_name: str, columns: set[str]) -> str:
    missing = {kind: [name for name in needed if name not in columns] for kind, needed in COLUMNS.items()}
    nearest = min(missing, key=lambda kind: len(missing[kind]))
    if missing[nearest]:
        raise UnknownTable(
            f"{file_name}: not a table of places; as {nearest} it lacks {', '.join(missing[nearest])}. "
            "If they are there under other names, add these to data/places/open_data.yml"
        )
    return nearest


def _row(row: Mapping[str | None, Any], ours: Mapping[str, str]) -> Row:
    cells = {ours[column]: (value or "").strip() for column, value in row.items() if column and column in ours}
    return {**dict.fromkeys(OPTIONAL, ""), **cells}
