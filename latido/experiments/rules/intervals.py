"""How sure a proportion and a difference are. Pure, and by hand: three formulas need no library of statistics.

Sources: Wilson 1927 for one proportion; Newcombe 1998 (Statistics in Medicine 17:873, method 10) for a difference;
for the probability that one is higher, the closed form of two beta posteriors with uniform priors (Miller 2014).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, lgamma, log, sqrt
from statistics import NormalDist

Z95 = NormalDist().inv_cdf(0.975)


@dataclass(frozen=True)
class Interval:
    """A point with the 95 % interval around it; of a proportion between 0 and 1, of a difference between -1 and 1."""

    point: float
    low: float
    high: float


def wilson(hits: int, of: int) -> Interval:
    """The proportion with Wilson's score interval; ValueError without anybody."""
    _refuse_nonsense(hits, of)
    share, z2 = hits / of, Z95 * Z95
    centre = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = Z95 / (1 + z2 / of) * sqrt(share * (1 - share) / of + z2 / (4 * of * of))
    return Interval(share, max(0.0, centre - half), min(1.0, centre + half))


def difference(hits: int, of: int, plain_hits: int, plain_of: int) -> Interval:
    """The first proportion less the second, with Newcombe's hybrid score interval; ValueError without anybody."""
    mine, plain = wilson(hits, of), wilson(plain_hits, plain_of)
    point = mine.point - plain.point
    down = sqrt((mine.point - mine.low) ** 2 + (plain.high - plain.point) ** 2)
    up = sqrt((mine.high - mine.point) ** 2 + (plain.point - plain.low) ** 2)
    return Interval(point, max(-1.0, point - down), min(1.0, point + up))


def probability_higher(hits: int, of: int, plain_hits: int, plain_of: int) -> float:
    """How probable it is that the first proportion is truly the higher one, knowing nothing beforehand. Exact."""
    _refuse_nonsense(hits, of)
    _refuse_nonsense(plain_hits, plain_of)
    a, b = plain_hits + 1, plain_of - plain_hits + 1
    d = of - hits + 1
    terms = (_log_beta(a + i, b + d) - log(d + i) - _log_beta(1 + i, d) - _log_beta(a, b) for i in range(hits + 1))
    return min(1.0, sum(map(exp, terms)))


def _log_beta(x: float, y: float) -> float:
    return lgamma(x) + lgamma(y) - lgamma(x + y)


def _refuse_nonsense(hits: int, of: int) -> None:
    if of < 1 or not 0 <= hits <= of:
        raise ValueError(f"{hits} of {of} is no proportion: there must be one at least, and no more hits than that")
