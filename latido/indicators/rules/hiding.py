"""Which figures must not be shown: those of a few, and those from which a hidden one could be worked out. Pure.

A part is hidden when it is of fewer than `least`, or when its numerator or the rest is between one and `least`. One
hidden part could be had from the whole and the others: then the next smallest one is hidden with it (complementary
suppression).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from latido.indicators.rules.figures import Figure


def hidden(figures: Sequence[Figure], least: int, adds_up: bool = True) -> frozenset[str]:
    """The parts that must not be shown. `adds_up`: the parts make up the whole, which is the part ''."""
    small = {each.part for each in figures if is_small(each, least)}
    parts = [each for each in figures if each.part and each.of]
    whole_is_shown = any(not each.part and each.part not in small for each in figures)
    if adds_up and whole_is_shown and len(small - {""}) == 1:
        small |= _next_smallest(parts, small)
    return frozenset(small)


def is_small(figure: Figure, least: int) -> bool:
    """Whether a figure tells of a few; one of nobody tells of nobody."""
    if figure.hits is None:
        return 0 < figure.of < least
    counts: Collection[int] = (figure.of, figure.hits, figure.of - figure.hits)
    return any(0 < count < least for count in counts)


def _next_smallest(parts: Sequence[Figure], small: Collection[str]) -> set[str]:
    others = [each for each in parts if each.part not in small]
    return {min(others, key=lambda each: (each.of, each.part)).part} if others else {""}
