"""The map of the communes: a tile for each, where it lies, shaded by its share; and the same as a table. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from latido.console.indicators.words import decimal
from latido.indicators.registry import Registry
from latido.indicators.shown import Shown

SIDE, GAP = 62, 4
SHADES = 5


@dataclass(frozen=True)
class Tile:
    """One commune: its corner, its shade (`0` to `4`, `hidden` or `none`), and what is written on it."""

    commune: int
    x: int
    y: int
    shade: str
    value: str


@dataclass(frozen=True)
class ModeMap:
    """The communes for one mode of travel."""

    words: str
    width: int
    height: int
    tiles: tuple[Tile, ...]


@dataclass(frozen=True)
class CommuneRow:
    """One commune in the table: who was counted, and what each mode says."""

    commune: int
    of: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Communes:
    """Every mode's map, and the table."""

    maps: tuple[ModeMap, ...]
    rows: tuple[CommuneRow, ...]


def communes_of(registry: Registry, figures: Sequence[Shown]) -> Communes:
    """The maps and the table of what is shown of `within_15_minutes`."""
    found = {each.part: each for each in figures}
    modes = registry.parts["mode"]
    maps = tuple(_map(registry, words, mode, found) for mode, words in modes.items())
    numbers = sorted(number for row in registry.tiles for number in row if number)
    return Communes(maps, tuple(_row(number, list(modes), found) for number in numbers))


def _map(registry: Registry, words: str, mode: str, found: Mapping[str, Shown]) -> ModeMap:
    tiles = tuple(
        Tile(number, column * (SIDE + GAP), line * (SIDE + GAP), *_told(found.get(f"{mode}:{number}")))
        for line, row in enumerate(registry.tiles)
        for column, number in enumerate(row)
        if number
    )
    columns = max((len(row) for row in registry.tiles), default=0)
    return ModeMap(words, columns * (SIDE + GAP) - GAP, len(registry.tiles) * (SIDE + GAP) - GAP, tiles)


def _told(one: Shown | None) -> tuple[str, str]:
    """The shade of a tile and the words on it."""
    if one is None:
        return "none", "–"
    share = one.figure.share if one.figure else None
    if share is None:
        return "hidden", "pocas"
    return str(min(SHADES - 1, int(share * SHADES))), f"{decimal(share * 100, 0)} %"


def _row(number: int, modes: Sequence[str], found: Mapping[str, Shown]) -> CommuneRow:
    theirs = [found.get(f"{mode}:{number}") for mode in modes]
    of = next((str(each.figure.of) for each in theirs if each and each.figure), "pocas" if any(theirs) else "nadie")
    return CommuneRow(number, of, tuple(_told(each)[1] for each in theirs))
