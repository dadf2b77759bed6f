"""Figures as they may be shown: those that tell of a few are left out, with those that would give them away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

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
    """Every figure of an indicator, in order, with what is hidden left blank."""
    left_out = _hidden(registry, indicator, figures)
    return [_one(registry, indicator, each, each.part in left_out) for each in figures]


def _one(registry: Registry, indicator: Indicator, figure: Figure, is_hidden: bool) -> Shown:
    words = registry.words_of(indicator, figure.part)
    if is_hidden:
        return Shown(figure.part, words, None)
    is_share = indicator.unit == "share" and figure.hits is not None and figure.of > 0
    return Shown(figure.part, words, figure, wilson(figure.hits or 0, figure.of) if is_share else None)


def _hidden(registry: Registry, indicator: Indicator, figures: Sequence[Figure]) -> frozenset[str]:
    if indicator.by != "mode_and_commune":
        return hidden(figures, registry.least, indicator.by not in SEPARATE)
    left_out: set[str] = set()
    by_mode = sorted(figures, key=lambda each: each.part.split(":")[0])
    for mode, theirs in groupby(by_mode, key=lambda each: each.part.split(":")[0]):
        parts = [Figure(each.part.split(":")[1], each.of, each.hits) for each in theirs]
        left_out |= {f"{mode}:{part}" for part in hidden(parts, registry.least)}
    return frozenset(left_out)
