"""Which figures must not be shown: those of a few, and those from which a hidden one could be worked out. Pure.

A part is hidden when it is of fewer than `least`, or when its numerator or the rest is between one and `least`. What is
hidden could be had together, from the whole less the other parts: while that is one part, or a few, the next smallest
part is hidden with it (complementary suppression).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from latido.indicators.rules.figures import Figure


def hidden(figures: Sequence[Figure], least: int, adds_up: bool = True, also: Collection[str] = ()) -> frozenset[str]:
    """The parts that must not be shown. `adds_up`: the parts make up the whole, which is the part ''.

    `also` are parts that are hidden for a reason of their own.
    """
    small = {each.part for each in figures if is_small(each, least) or each.part in also}
    if not adds_up or not small or "" in small or not any(not each.part for each in figures):
        return frozenset(small)
    while _tells(figures, small, least):
        shown = [each for each in figures if each.part and each.of and each.part not in small]
        if not shown:
            return frozenset(small | {""})
        small.add(min(shown, key=lambda each: (each.of, each.part)).part)
    return frozenset(small)


def is_small(figure: Figure, least: int) -> bool:
    """Whether a figure tells of a few; one of nobody tells of nobody."""
    if figure.hits is None:
        return 0 < figure.of < least
    counts: Collection[int] = (figure.of, figure.hits, figure.of - figure.hits)
    return any(0 < count < least for count in counts)


def _tells(figures: Sequence[Figure], small: Collection[str], least: int) -> bool:
    """Whether the whole less what is shown tells of one part, or of a few residents in several."""
    left = [each for each in figures if each.part in small]
    of, hits = sum(each.of for each in left), sum(each.hits or 0 for each in left)
    measured = all(each.hits is None for each in left)
    return len(left) == 1 or is_small(Figure("", of, None if measured else hits), least)
