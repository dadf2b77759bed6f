"""A line of a file that a spreadsheet opens and nothing runs in. Pure."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Sequence
from datetime import datetime

from latido.console.showing import BUENOS_AIRES

BOM = "\ufeff"
# What a spreadsheet on this side of the world splits at when the file is opened with a double click.
SEPARATOR = ";"
BETWEEN = ", "
# A cell that begins so is a formula for some spreadsheet, also behind blanks, and in full width.
_FORMULA = re.compile(r"[\s'\"]*[=+\-@＝＋－＠]|[\t\r\n]")
_INVISIBLE = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060\ufeff]+")

Value = str | int | bool | datetime | Sequence[str] | None


def csv_line(values: Sequence[Value]) -> str:
    """One line, every cell in quotes."""
    line = io.StringIO()
    csv.writer(line, delimiter=SEPARATOR, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerow(map(cell, values))
    return line.getvalue()


def json_line(names: Sequence[str], values: Sequence[Value]) -> str:
    """The same as an object on a line of its own; instants with their offset."""
    return json.dumps(dict(zip(names, map(_plain, values), strict=True)), ensure_ascii=False) + "\n"


def cell(value: Value) -> str:
    """What stands in a cell: an apostrophe before what would be a formula, instants by the city's clocks."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "sí" if value else "no"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, datetime):
        return value.astimezone(BUENOS_AIRES).strftime("%Y-%m-%d %H:%M:%S")
    return inert(value if isinstance(value, str) else BETWEEN.join(value))


def inert(text: str) -> str:
    """The text on one line, so that no spreadsheet computes it."""
    shown = _INVISIBLE.sub(" ", text)
    return f"'{shown}" if _FORMULA.match(text) or _FORMULA.match(shown) else shown


def _plain(value: Value) -> object:
    if isinstance(value, datetime):
        return value.astimezone(BUENOS_AIRES).isoformat(timespec="seconds")
    return value if value is None or isinstance(value, str | int) else list(value)
