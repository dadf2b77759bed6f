"""How well what was reviewed had been understood, with how sure that is. Pure.

A share of few is left out, for it says little and shows single messages. The queue prefers what is hard: only what was
drawn at random tells how the model does on all that residents write.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from latido.experiments.rules.intervals import Interval, wilson

LEAST_SHARE, LEAST_PAIR = 10, 3
EMERGENCIES = frozenset({"danger_sign", "report_violence", "report_self_harm"})


@dataclass(frozen=True, slots=True)
class Judged:
    """One reviewed message: what was understood, and what two people agreed on.

    `entities_told` and `entities_true` are kinds, one for each; None when the message's words are gone.
    """

    predicted: str
    intent: str
    alarmed: bool
    reason: str
    model: str
    week: date
    entities_told: tuple[str, ...] | None = None
    entities_true: tuple[str, ...] = ()

    @property
    def is_right(self) -> bool:
        """Whether it was understood as people read it."""
        return self.predicted == self.intent


@dataclass(frozen=True)
class Share:
    """So many of so many under a name; `shown` is None when they are too few to be shown."""

    name: str
    hits: int
    of: int
    shown: Interval | None


@dataclass(frozen=True)
class Pair:
    """An intent that was taken for another one, so often."""

    intent: str
    predicted: str
    count: int


@dataclass(frozen=True)
class EntityScore:
    """Of what was found how much is right, and of what is there how much was found."""

    kind: str
    precision: Share
    recall: Share


@dataclass(frozen=True)
class Report:
    """All of it; `others` are confusions too rare to be listed."""

    overall: Share
    at_random: Share
    emergencies: Share
    false_alarms: Share
    by_intent: Sequence[Share] = ()
    by_reason: Sequence[Share] = ()
    by_model: Sequence[Share] = ()
    by_week: Sequence[Share] = ()
    pairs: Sequence[Pair] = ()
    others: int = 0
    entities: Sequence[EntityScore] = field(default_factory=tuple)


def report_on(judged: Sequence[Judged]) -> Report:
    """Everything there is to say of these messages."""
    pairs = Counter((one.intent, one.predicted) for one in judged if not one.is_right)
    listed = [Pair(*pair, count) for pair, count in pairs.most_common() if count >= LEAST_PAIR]
    emergencies = [one for one in judged if one.intent in EMERGENCIES]
    alarms = [one for one in judged if one.alarmed]
    return Report(
        overall=_right("overall", judged),
        at_random=_right("at_random", [one for one in judged if one.reason == "random"]),
        emergencies=share("emergencies", sum(one.alarmed for one in emergencies), len(emergencies)),
        false_alarms=share("false_alarms", sum(one.intent not in EMERGENCIES for one in alarms), len(alarms)),
        by_intent=_by(judged, lambda one: one.intent),
        by_reason=_by(judged, lambda one: one.reason),
        by_model=_by(judged, lambda one: one.model, newest_first=True),
        by_week=_by(judged, lambda one: one.week.isoformat(), newest_first=True),
        pairs=listed,
        others=pairs.total() - sum(one.count for one in listed),
        entities=_entities(judged),
    )


def share(name: str, hits: int, of: int) -> Share:
    """A share with Wilson's interval, or without one when there are too few."""
    return Share(name, hits, of, wilson(hits, of) if of >= LEAST_SHARE else None)


def _right(name: str, judged: Sequence[Judged]) -> Share:
    return share(name, sum(one.is_right for one in judged), len(judged))


def _by(judged: Iterable[Judged], name: Callable[[Judged], str], newest_first: bool = False) -> list[Share]:
    groups: dict[str, list[Judged]] = {}
    for one in judged:
        groups.setdefault(name(one), []).append(one)
    shares = [_right(group, members) for group, members in groups.items()]
    if newest_first:
        return sorted(shares, key=lambda one: one.name, reverse=True)
    return sorted(shares, key=lambda one: (-one.of, one.name))


def _entities(judged: Iterable[Judged]) -> list[EntityScore]:
    both, told, true = Counter[str](), Counter[str](), Counter[str]()
    for one in judged:
        if one.entities_told is None:
            continue
        told.update(one.entities_told)
        true.update(one.entities_true)
        if one.entities_told and one.entities_true:
            both.update(Counter(one.entities_told) & Counter(one.entities_true))
    return [
        EntityScore(kind, share(kind, both[kind], told[kind]), share(kind, both[kind], true[kind]))
        for kind, _ in (told | true).most_common()
    ]
