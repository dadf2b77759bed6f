"""The registry of indicators: what each figure means, as dated data (data/indicators.yml)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

FILE = Path(__file__).parents[2] / "data" / "indicators.yml"
Unit = Literal["share", "days", "minutes", "count"]
Good = Literal["more", "less"]


class BadRegistry(ValueError):
    """The registry cannot be used; the message says what to change in it."""


@dataclass(frozen=True)
class Indicator:
    """One figure: what is counted of what, where from, who answers for it, and whether it is published.

    `by` names the dimension of its parts; `leads_to` is the console's address behind it, and `narrowed` the filter of
    that address which takes a part.
    """

    name: str
    title: str
    unit: Unit
    numerator: str
    source: str
    owner: str
    published: bool
    denominator: str = ""
    excludes: str = ""
    target: str = ""
    by: str = ""
    good: Good | None = None
    leads_to: str = ""
    narrowed: str = ""


@dataclass(frozen=True)
class Registry:
    """All indicators by name; `least`: how many a figure must be of to be shown; `parts`: words of their values.

    `tiles` is a map of the communes: rows of their numbers, by where they lie; 0 is no tile.
    """

    version: str
    as_of: str
    licence: str
    least: int
    indicators: Mapping[str, Indicator]
    parts: Mapping[str, Mapping[str, str]]
    tiles: Sequence[Sequence[int]] = ()

    def words_of(self, indicator: Indicator, part: str) -> str:
        """A part in words: `A pie, comuna 4`; empty for the whole."""
        if not part:
            return ""
        if indicator.by == "mode_and_commune":
            mode, commune = part.split(":")
            return f"{self.parts['mode'][mode]}, comuna {commune}" if commune else self.parts["mode"][mode]
        return self.parts[indicator.by].get(part, part)

    def order_of(self, indicator: Indicator, part: str) -> tuple[int, int]:
        """Where a part stands among the others, as the registry lists them; the whole first, communes by number."""
        name, _, commune = part.partition(":")
        listed = list(self.parts.get("mode" if indicator.by == "mode_and_commune" else indicator.by, ()))
        return listed.index(name) + 1 if name in listed else 0, int(commune or 0)


@cache
def load_registry(file: Path = FILE) -> Registry:
    """The registry of a file; BadRegistry when an indicator lacks a part or has one that is not known."""
    told = yaml.safe_load(file.read_text(encoding="utf-8"))
    try:
        indicators = {name: _indicator(name, each) for name, each in told["indicators"].items()}
        named = str(told["version"]), str(told["as_of"]), told["licence"], int(told["least"])
        return Registry(*named, indicators, told["parts"], told.get("tiles", ()))
    except KeyError as error:
        raise BadRegistry(f"{file.name}: {error} is missing") from error


def _indicator(name: str, told: Mapping[str, Any]) -> Indicator:
    try:
        one = Indicator(name=name, **told)
    except TypeError as error:
        raise BadRegistry(f"{name}: {error}") from error
    if one.unit not in get_args(Unit):
        raise BadRegistry(f"{name}: unit must be one of {', '.join(get_args(Unit))}")
    if one.unit != "count" and not one.denominator:
        raise BadRegistry(f"{name}: say of what it is counted (denominator)")
    return one
