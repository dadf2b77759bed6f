"""Which free slots to offer, and in what order. Pure.

A slot costs its way and its wait, the wait counted in metres by the class's rule; slots of the first days are left
to higher classes while others fit. The same input always gives the same offer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from latido.care.rules.priority import ClassRule


@dataclass(frozen=True)
class FreeSlot:
    """A free slot: FHIR id and version, instants (aware), the centre and the way to it in metres."""

    slot_id: str
    version: str
    start: datetime
    end: datetime
    center_number: int
    distance_m: float


@dataclass(frozen=True)
class Choice:
    """The slots to show, in order of time; whether later ones exist; whether the first is within the target."""

    slots: tuple[FreeSlot, ...]
    more: bool
    within_target: bool


def choose(
    free: Sequence[FreeSlot], rule: ClassRule, now: datetime, limit: int, above: Sequence[ClassRule] = ()
) -> Choice:
    """The best `limit` slots of `free`, spread over days and centres, shown in order of time.

    `above` are the rules of the higher classes, the next higher first: what is kept back from them too stays kept back,
    so that of the same slots a higher class never sees a later first one.
    """
    fitting = _without_kept_back(free, (rule, *above), now)
    ranked = sorted(_spread(fitting, rule, now), key=lambda pair: pair[0])
    chosen = sorted((slot for _, slot in ranked[:limit]), key=_by_time)
    last = chosen[-1].start if chosen else now
    return Choice(
        slots=tuple(chosen),
        more=any(slot.start > last for slot in free),
        within_target=bool(chosen) and chosen[0].start <= now + timedelta(days=rule.target_days),
    )


def opens_for(rule: ClassRule, now: datetime) -> datetime:
    """The first instant whose slots are not kept back for higher classes: a local midnight, or now."""
    if rule.keep_back_days == 0:
        return now
    return (now + timedelta(days=rule.keep_back_days)).replace(hour=0, minute=0, second=0, microsecond=0)


def _without_kept_back(free: Sequence[FreeSlot], rules: Sequence[ClassRule], now: datetime) -> Sequence[FreeSlot]:
    """The slots after the kept-back days of the first rule that has one within its target; else all of them."""
    for rule in rules:
        opening, target = opens_for(rule, now), now + timedelta(days=rule.target_days)
        later = [slot for slot in free if slot.start >= opening]
        if any(slot.start <= target for slot in later):
            return later
    return free


def _spread(
    slots: Sequence[FreeSlot], rule: ClassRule, now: datetime
) -> list[tuple[tuple[int, float, datetime, int, str], FreeSlot]]:
    """Each slot with its rank: the best of every half day at a centre come before the second best of any."""
    groups: dict[tuple[object, ...], list[FreeSlot]] = defaultdict(list)
    for slot in sorted(slots, key=lambda each: (_cost(each, rule, now), _by_time(each))):
        local = slot.start.astimezone(now.tzinfo)
        groups[(slot.center_number, local.date(), local.hour < 12)].append(slot)
    return [
        ((turn, _cost(slot, rule, now), slot.start, slot.center_number, slot.slot_id), slot)
        for group in groups.values()
        for turn, slot in enumerate(group)
    ]


def _cost(slot: FreeSlot, rule: ClassRule, now: datetime) -> float:
    days = (slot.start.astimezone(now.tzinfo).date() - now.date()).days
    return slot.distance_m + days * rule.a_day_is_worth_m


def _by_time(slot: FreeSlot) -> tuple[datetime, float, int, str]:
    return slot.start, slot.distance_m, slot.center_number, slot.slot_id
