"""Figures as they may be shown: those that tell of a few are left out, with those that would give them away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from latido.experiments.rules.intervals import Interval, wilson
from latido.indicators.registry import Indicator, Registry
from latido.indicators.rules.figures import Figure
from latido.indicators.rules.hiding import hidden

SEPARATE = frozenset(("step",))  # parts that do not make up a whole


@dataclass(frozen=True)
class Shown:
    """One figure with its words; `figure` is None where it must not be shown. `interval` of a share: 95 %."""

    part: str
    words: str
    figure: Figure | None
    interval: Interval | None = None


def shown(registry: Registry, indicator: Indicator, figures: Sequence[Figure]) -> list[Shown]:
    """Every figure of an indicator, in the registry's order, with what is hidden left blank."""
    left_out = _hidden(registry, indicator, figures)
    ranked = sorted(figures, key=lambda each: registry.order_of(indicator, each.part))
    return [_one(registry, indicator, each, each.part in left_out) for each in ranked]


def _one(registry: Registry, indicator: Indicator, figure: Figure, is_hidden: bool) -> Shown:
    words = registry.words_of(indicator, figure.part)
    if is_hidden:
        return Shown(figure.part, words, None)
    is_share = indicator.unit == "share" and figure.hits is not None and figure.of > 0
    return Shown(figure.part, words, figure, wilson(figure.hits or 0, figure.of) if is_share else None)


def _hidden(registry: Registry, indicator: Indicator, figures: Sequence[Figure]) -> frozenset[str]:
    if indicator.by != "mode_and_commune":
        return hidden(figures, registry.least, indicator.by not in SEPARATE)
    modes: dict[str, list[Figure]] = {}
    for each in figures:
        mode, _, commune = each.part.partition(":")
        modes.setdefault(mode, []).append(replace(each, part=commune))
    left_out = _in_every_mode(registry, modes)
    return frozenset(f"{mode}:{part}" for mode, parts in left_out.items() for part in parts)


def _in_every_mode(registry: Registry, modes: Mapping[str, Sequence[Figure]]) -> dict[str, frozenset[str]]:
    """What is hidden of each mode. A commune is hidden in all or none: each mode counts the very same residents."""
    communes: frozenset[str] = frozenset()
    while True:
        found = {mode: hidden(parts, registry.least, also=communes) for mode, parts in modes.items()}
        together = frozenset().union(*found.values()) - {""}
        if together == communes:
            return found
        communes = together
