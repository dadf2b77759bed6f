"""The formulas against published tables, and against another way to the same number."""

from __future__ import annotations

from math import comb
from random import Random

import pytest

from latido.experiments.rules.intervals import difference, probability_higher, wilson


# Newcombe 1998, Statistics in Medicine 17:857 (two-sided intervals for the single proportion), table I, method 3.
@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_as_published(hits: int, of: int, low: float, high: float) -> None:
    found = wilson(hits, of)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high) and found.point == hits / of


# Newcombe 1998, Statistics in Medicine 17:873 (difference between independent proportions), table II, method 10.
@pytest.mark.parametrize(
    ("mine", "plain", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_newcombe_as_published(mine: tuple[int, int], plain: tuple[int, int], low: float, high: float) -> None:
    found = difference(*mine, *plain)
    assert (found.low, found.high) == (pytest.approx(low, abs=6e-5), pytest.approx(high, abs=6e-5))


def test_a_difference_turned_round_is_the_same_with_the_other_sign() -> None:
    there, back = difference(30, 90, 50, 110), difference(50, 110, 30, 90)
    assert (there.low, there.high) == (pytest.approx(-back.high), pytest.approx(-back.low))


def by_counting(hits: int, of: int, plain_hits: int, plain_of: int) -> float:
    """The same probability by order statistics: uniform draws of both, in how many orders does the first lie higher?"""
    a, b, c, d = hits + 1, of - hits + 1, plain_hits + 1, plain_of - plain_hits + 1
    mine, theirs = a + b - 1, c + d - 1
    # The a-th of `mine` draws lies above the c-th of `theirs`: c or more of theirs come before it.
    ways = sum(comb(a - 1 + j, j) * comb(mine - a + theirs - j, theirs - j) for j in range(c, theirs + 1))
    return ways / comb(mine + theirs, mine)


@pytest.mark.parametrize("case", [(1, 1, 0, 1), (3, 10, 5, 20), (0, 5, 0, 9), (40, 90, 31, 88), (7, 7, 6, 7)])
def test_the_probability_agrees_with_counting_orders(case: tuple[int, int, int, int]) -> None:
    assert probability_higher(*case) == pytest.approx(by_counting(*case), abs=1e-10)


def test_the_probability_by_hand_and_by_drawing() -> None:
    # The larger of two uniform draws against the smaller of two others: 1 less 2!2!/4!.
    assert probability_higher(1, 1, 0, 1) == pytest.approx(5 / 6)
    assert probability_higher(30, 100, 30, 100) == pytest.approx(0.5)
    dice = Random(20261123)
    drawn = sum(dice.betavariate(41, 61) > dice.betavariate(31, 71) for _ in range(20_000)) / 20_000
    assert probability_higher(40, 100, 30, 100) == pytest.approx(drawn, abs=0.015)


def test_many_residents_cost_no_precision() -> None:
    assert probability_higher(15_000, 50_000, 15_000, 50_000) == pytest.approx(0.5, abs=1e-6)
    assert probability_higher(16_000, 50_000, 15_000, 50_000) == pytest.approx(1.0, abs=1e-9)
    assert probability_higher(0, 40_000, 400, 40_000) < 1e-30


@pytest.mark.parametrize(("hits", "of"), [(0, 0), (-1, 5), (6, 5)])
def test_nonsense_is_refused(hits: int, of: int) -> None:
    for wrong in (lambda: wilson(hits, of), lambda: probability_higher(1, 2, hits, of)):
        with pytest.raises(ValueError, match="no proportion"):
            wrong()
