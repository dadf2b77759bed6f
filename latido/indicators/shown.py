"""Figures as they may be shown: those that tell of a few are left out, with those that would give them away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from latido.experiments.rules.intervals import Interval, wilson
from latido.indicators.registry import Indicator, Registry
from latido.indicators.rules.figures import Figure
from latido.indicators.rules.hiding import hidden

SEPARATE = frozenset(("step",))  # parts that do not make up a whole
# Of the appointments of which it is known what became, one has a share; how many these are follows from the other.
SAME_VISITS = ("visits_kept", "visits_unknown")
Counted = Mapping[str, Sequence[Figure]]


@dataclass(frozen=True)
class Shown:
    """One figure with its words; `figure` is None where it must not be shown. `interval` of a share: 95 %."""

    part: str
    words: str
    figure: Figure | None
    interval: Interval | None = None


def shown(registry: Registry, indicator: Indicator, counted: Counted) -> list[Shown]:
    """Every figure of an indicator, in the registry's order, with what is hidden left blank.

    `counted` is all that was counted of the month: what is hidden of one figure may stand in another.
    """
    left_out = _hidden(registry, indicator, counted)
    ranked = sorted(counted.get(indicator.name, ()), key=lambda each: registry.order_of(indicator, each.part))
    return [_one(registry, indicator, each, each.part in left_out) for each in ranked]


def _one(registry: Registry, indicator: Indicator, figure: Figure, is_hidden: bool) -> Shown:
    words = registry.words_of(indicator, figure.part)
    if is_hidden:
        return Shown(figure.part, words, None)
    is_share = indicator.unit == "share" and figure.hits is not None and figure.of > 0
    return Shown(figure.part, words, figure, wilson(figure.hits or 0, figure.of) if is_share else None)


def _hidden(registry: Registry, indicator: Indicator, counted: Counted) -> frozenset[str]:
    if indicator.name in SAME_VISITS:
        return _alike(registry, {name: counted.get(name, ()) for name in SAME_VISITS})[indicator.name]
    figures = counted.get(indicator.name, ())
    if indicator.by != "mode_and_commune":
        return hidden(figures, registry.least, indicator.by not in SEPARATE)
    modes: dict[str, list[Figure]] = {}
    for each in figures:
        mode, _, commune = each.part.partition(":")
        modes.setdefault(mode, []).append(replace(each, part=commune))
    left_out = _alike(registry, modes)
    return frozenset(f"{mode}:{part}" for mode, parts in left_out.items() for part in parts)


def _alike(registry: Registry, tables: Mapping[str, Sequence[Figure]]) -> dict[str, frozenset[str]]:
    """What is hidden of each table. A part is hidden in all or none: all of them count the very same residents."""
    parts: frozenset[str] = frozenset()
    while True:
        found = {name: hidden(figures, registry.least, also=parts) for name, figures in tables.items()}
        together = frozenset().union(*found.values()) - {""}
        if together == parts:
            return found
        parts = together
