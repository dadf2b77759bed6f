"""Proportions and differences as somebody says them who is no statistician. The words are in labels.yml."""

from __future__ import annotations

from latido.console.reading import label
from latido.experiments.rules.intervals import Interval
from latido.experiments.rules.judging import SMALL, JudgingRules

SURE, VERY_SURE = 0.8, 0.95


def number(of_a_hundred: float) -> str:
    """A number of a hundred: whole from ten on, else with one decimal."""
    shown = f"{of_a_hundred:.0f}" if abs(of_a_hundred) >= 9.95 else f"{of_a_hundred:.1f}".removesuffix(".0")
    return shown.replace(".", ",")


def count_in_words(count: int) -> str:
    """A count, unless it is so small that it could point at somebody."""
    return label("effects", "few") if 0 < count < SMALL else str(count)


def share_in_words(share: Interval, of: int) -> str:
    """`30 de cada 100 (entre 27 y 34), de 600 personas`."""
    return label("effects", "share").format(
        point=number(share.point * 100), low=number(share.low * 100), high=number(share.high * 100), of=of
    )


def difference_in_words(difference: Interval) -> str:
    """What the difference may be: more, fewer, or nobody knows yet."""
    low, high = difference.low * 100, difference.high * 100
    kind = "more" if low > 0 else "fewer" if high < 0 else "unknown"
    nearest, furthest = sorted((abs(low), abs(high)))
    if kind == "unknown":
        nearest, furthest = abs(low), abs(high)
    point = number(abs(difference.point) * 100)
    return label("effects", kind).format(point=point, low=number(nearest), high=number(furthest))


def probability_in_words(better: float) -> str:
    """How probable it is that a variant is better, in one of five grades and as a number."""
    grades = (
        ("surely", better > VERY_SURE),
        ("probably", better > SURE),
        ("surely_not", better < 1 - VERY_SURE),
        ("probably_not", better < 1 - SURE),
    )
    grade = next((name for name, holds in grades if holds), "open")
    return label("effects", grade).format(of_a_hundred=min(99, max(1, round(better * 100))))


def rules_in_words(rules: JudgingRules) -> dict[str, str]:
    """The numbers of the eviction rules, for the page's explanation."""
    return {
        "opted_out_least": str(rules.opted_out.least),
        "opted_out_worse": number(rules.opted_out.worse_by * 100),
        "refused_least": str(rules.refused.least),
        "refused_worse": number(rules.refused.worse_by * 100),
        "propose_from": number(rules.propose_from * 100),
        "small": str(SMALL),
    }
