"""Files of JSON lines with a text, the moment it was written and what should be understood."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.nlu.clock import BUENOS_AIRES, parsed

Check = Callable[[Any], bool]


class BadLine(Exception):
    """A file or a line of it cannot be scored; the message names the place and the fault."""


@dataclass(frozen=True)
class Line:
    """One text, its moment in local time, what was just asked, and the expected fields."""

    text: str
    now: datetime
    expecting: str | None
    expected: Mapping[str, Any]


def read_lines(file: Path, fields: Mapping[str, Check]) -> Iterator[Line]:
    """The lines of a file, empty ones left out; BadLine names file and line when one cannot be scored."""
    try:
        rows = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadLine(f"{file}: cannot be read: {error}") from error
    for number, row in enumerate(rows, start=1):
        if row.strip():
            try:
                yield _line(row, fields)
            except ValueError as error:
                raise BadLine(f"{file}:{number}: {error}") from error


def _line(row: str, fields: Mapping[str, Check]) -> Line:
    given = _object(row)
    text, expecting = given.get("text"), given.get("expecting")
    if not isinstance(text, str):
        raise ValueError('"text" has to be a string')
    if expecting is not None and not isinstance(expecting, str):
        raise ValueError('"expecting" has to be the name of the slot that was asked for')
    expected = {name: given[name] for name in fields if name in given}
    if not expected:
        raise ValueError(f"nothing to score: give one of {', '.join(fields)}")
    for name, value in expected.items():
        if not fields[name](value):
            raise ValueError(f'"{name}" cannot be {json.dumps(value, ensure_ascii=False)}')
    return Line(text, _moment(given.get("now")), expecting, expected)


def _object(row: str) -> dict[str, Any]:
    try:
        given = json.loads(row)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg} at column {error.colno}") from error
    if not isinstance(given, dict):
        raise ValueError("not a JSON object")
    return given


def _moment(written: Any) -> datetime:
    if written is None:
        return datetime.now(BUENOS_AIRES)
    moment = parsed(written)
    if moment is None:
        raise ValueError('"now" has to be a moment such as 2026-11-23T10:15:00-03:00')
    return moment
