"""What a download is made of: its columns, and its rows as they come from the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Connection

from latido.console.export.cells import Value
from latido.console.visits import Visit

WORDS = Path(__file__).with_name("words.yml")
BATCH = 500
Row = Sequence[Value]


@dataclass(frozen=True)
class Sheet:
    """`batches` reads the rows, some hundred at a time; `wanted` is the filter, as the audit log keeps it."""

    name: str
    columns: tuple[str, ...]
    batches: Callable[[Connection], Iterator[Sequence[Row]]]
    wanted: Mapping[str, str] = field(default_factory=dict)

    @property
    def headings(self) -> tuple[str, ...]:
        """The columns in words."""
        return tuple(word("columns", name) for name in self.columns)


def links_of(visit: Visit) -> str:
    """What the address of a page of this console begins with."""
    url = visit.request.url
    return f"{url.scheme}://{url.netloc}{visit.base}"


def word(group: str, name: str) -> str:
    """The words for a name of the files."""
    return str(_words()[group][name])


def wanted_of(visit: Visit, names: Sequence[str]) -> dict[str, str]:
    """The filters of the address that are set."""
    given = visit.request.query_params
    return {name: given[name] for name in names if given.get(name)}


@cache
def _words() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(WORDS.read_text(encoding="utf-8"))
    return loaded
