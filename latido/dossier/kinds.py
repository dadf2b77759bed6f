"""The tables that know a resident, in words: dated data, read from data/dossier.yml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from sqlalchemy import ColumnElement, Table, select

from latido.schema import metadata

FILE = Path(__file__).parents[2] / "data" / "dossier.yml"


class BadKinds(ValueError):
    """The file cannot be used; the message says what to change in it."""


@dataclass(frozen=True)
class Kind:
    """One table: what it holds of her, what becomes of it when she is erased, and how its rows are found."""

    table: Table
    words: str
    erased: str
    by: str
    through: str | None = None


@dataclass(frozen=True)
class Kinds:
    """All of them, in the order in which they are told; and the columns that are given to nobody."""

    by_name: Mapping[str, Kind]
    left_out: frozenset[str]

    def of(self, kind: Kind, resident: str) -> ColumnElement[bool]:
        """Which rows are hers."""
        column = kind.table.c[kind.by]
        if kind.through is None:
            return column == resident
        parent = self.by_name[kind.through]
        (target,) = (key.column for key in column.foreign_keys if key.column.table.name == kind.through)
        return column.in_(select(target).where(self.of(parent, resident)))

    def columns(self, kind: Kind) -> list[ColumnElement[object]]:
        """The columns that are given out."""
        return [column for column in kind.table.c if column.name not in self.left_out]


@cache
def load_kinds() -> Kinds:
    """The kinds of the data file; BadKinds."""
    given = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    try:
        kinds = {name: _kind(name, told) for name, told in given["tables"].items()}
        return Kinds(kinds, frozenset(given["columns_left_out"]))
    except (KeyError, TypeError) as error:
        raise BadKinds(f"data/dossier.yml: {error} is missing, or no table of Latido") from error


def _kind(name: str, told: Mapping[str, str]) -> Kind:
    table, by = metadata.tables[name], told.get("by", "resident")
    if by not in table.c:
        raise BadKinds(f"data/dossier.yml: {name} has no column {by}")
    return Kind(table, told["words"], told["erased"], by, told.get("through"))
