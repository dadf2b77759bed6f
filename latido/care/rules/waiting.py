"""Who of those waiting is next for a free slot, and why each of the others is not. Pure.

The order is class, then gestational week (later first) or the child's age (younger first), then whole days of waiting,
then distance. What is decided is data: every person considered, with her rank and the code and value of what stands
against her, if anything does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from latido.care.rules.offers import opens_for
from latido.care.rules.priority import ORDER, PriorityClass
from latido.care.rules.waiting_data import HoldLine, WaitingRules

Code = Literal[
    "already_booked",
    "offer_open",
    "declined_this_slot",
    "let_this_slot_pass",
    "not_wanted_center",
    "too_far",
    "too_soon",
    "too_late",
    "not_earlier",
    "after_due",
    "kept_back",
    "enough_offers_today",
    "no_consent",
    "window_closed",
    "quiet_hours",
]


@dataclass(frozen=True)
class Candidate:
    """One who waits. `weeks`: upper bound today, None if unknown; `metres` to each centre, empty if nobody knows.

    `age_days`: of a child that waits, and then there are no weeks.

    `asked` names the slots she was offered before: True when she declined, False when she let the offer pass.
    `booked`: she needs no other; `booked_for`: she has one beyond her target, and waits for an earlier one.
    """

    entry: str
    name: PriorityClass
    weeks: int | None
    since: datetime
    metres: Mapping[int, float]
    wanted_center: int | None = None
    booked: bool = False
    booked_for: datetime | None = None
    has_offer: bool = False
    offers_today: int = 0
    asked: Mapping[str, bool] | None = None
    consents: bool = True
    last_wrote: datetime | None = None
    age_days: int | None = None


@dataclass(frozen=True)
class Released:
    """A free slot."""

    slot_id: str
    start: datetime
    center_number: int


@dataclass(frozen=True)
class Reason:
    """Why somebody is passed over: a code, and the number that decided it."""

    code: Code
    value: float | None = None


@dataclass(frozen=True)
class Considered:
    """One candidate as the decision saw her; `reason` is None for the one who is offered it and those behind her."""

    entry: str
    rank: int
    name: PriorityClass
    weeks: int | None
    waited_days: int
    distance_m: int | None
    reason: Reason | None
    age_days: int | None = None


@dataclass(frozen=True)
class Decision:
    """Who is offered the slot (None: nobody now), and everybody considered, in order."""

    slot: Released
    chosen: str | None
    considered: tuple[Considered, ...]


def choose_next(
    slot: Released, candidates: Sequence[Candidate], rules: WaitingRules, now: datetime, free: Sequence[Released] = ()
) -> Decision:
    """Who is next for `slot`; `now` is on the city's clocks, `free` are all slots free at this moment.

    Whoever is only asleep keeps her turn: then nobody is chosen until the quiet hours end.
    """
    considered: list[Considered] = []
    chosen, settled = None, False
    for rank, one in enumerate(sorted(candidates, key=lambda each: order(each, slot, rules, now)), start=1):
        reason = why_not(one, slot, rules, now, free)
        considered.append(_considered(one, rank, slot, now, reason))
        if settled:
            continue
        if reason is None:
            chosen, settled = one.entry, True
        elif reason.code == "quiet_hours":
            settled = True
    return Decision(slot, chosen, tuple(considered))


def order(one: Candidate, slot: Released | None, rules: WaitingRules, now: datetime) -> tuple[Any, ...]:
    """What sorts those waiting: the first is next. Without a slot, distance says nothing."""
    metres = one.metres.get(slot.center_number, 0.0) if slot else 0.0
    return ORDER.index(one.name), _ripeness(one, rules), -waited_days(one, now), metres, one.since, one.entry


def _ripeness(one: Candidate, rules: WaitingRules) -> int:
    """Within a class the later week comes first, and the younger child."""
    if one.age_days is not None:
        return one.age_days
    return -(rules.terms[one.name].unknown_weeks_as if one.weeks is None else one.weeks)


def why_not(
    one: Candidate, slot: Released, rules: WaitingRules, now: datetime, free: Sequence[Released] = ()
) -> Reason | None:
    """The first thing that stands against offering her this slot now; None when nothing does."""
    return (
        _taken_care_of(one, slot)
        or _out_of_reach(one, slot, rules)
        or _wrong_time(one, slot, rules, now)
        or _kept_back(one, slot, rules, now, free)
        or _not_to_be_written(one, slot, rules, now)
    )


def could_take(one: Candidate, center_number: int, rules: WaitingRules) -> bool:
    """Whether slots of this centre are any use to her."""
    return _out_of_reach(one, Released("", one.since, center_number), rules) is None


def waited_days(one: Candidate, now: datetime) -> int:
    """Whole days on the list, by the calendar."""
    return (now.date() - one.since.astimezone(now.tzinfo).date()).days


def is_quiet(rules: WaitingRules, now: datetime) -> bool:
    """Whether nobody is written to at this hour."""
    return now.time() >= rules.quiet_from or now.time() < rules.quiet_until


def minutes_to_hold(rules: WaitingRules, name: PriorityClass, slot: Released, now: datetime) -> int:
    """How long a slot is held for one of this class, offered now."""
    return next(line.minutes for line in rules.holds if _line_holds(line, name, slot, now))


def _taken_care_of(one: Candidate, slot: Released) -> Reason | None:
    if one.booked:
        return Reason("already_booked")
    if one.has_offer:
        return Reason("offer_open")
    declined = (one.asked or {}).get(slot.slot_id)
    if declined is None:
        return None
    return Reason("declined_this_slot" if declined else "let_this_slot_pass")


def _out_of_reach(one: Candidate, slot: Released, rules: WaitingRules) -> Reason | None:
    if one.wanted_center is not None:
        return None if one.wanted_center == slot.center_number else Reason("not_wanted_center", one.wanted_center)
    metres = one.metres.get(slot.center_number)
    if metres is None:
        return Reason("too_far")
    return Reason("too_far", round(metres)) if metres > rules.terms[one.name].max_distance_m else None


def _wrong_time(one: Candidate, slot: Released, rules: WaitingRules, now: datetime) -> Reason | None:
    if slot.start < now + rules.notice:
        return Reason("too_soon", rules.notice.total_seconds() / 3600)
    target = rules.classes[one.name].target_days
    if slot.start > now + timedelta(days=target):
        return Reason("too_late", target)
    if one.booked_for is not None and slot.start > one.booked_for - rules.earlier_by:
        return Reason("not_earlier", rules.earlier_by.days)
    # Whoever is past that week by her own count is not turned away: it may be miscounted, and she needs it soonest.
    if one.weeks is None or one.weeks >= rules.latest_week:
        return None
    weeks_then = one.weeks + (slot.start - now).days // 7
    return Reason("after_due", weeks_then) if weeks_then >= rules.latest_week else None


def _kept_back(
    one: Candidate, slot: Released, rules: WaitingRules, now: datetime, free: Sequence[Released]
) -> Reason | None:
    """The first days are left to higher classes while a later slot within the target would do for her."""
    rule = rules.classes[one.name]
    opening = opens_for(rule, now)
    if slot.start >= opening:
        return None
    later = (each for each in free if each.start >= opening)
    fits = any(
        not (_taken_care_of(one, each) or _out_of_reach(one, each, rules) or _wrong_time(one, each, rules, now))
        for each in later
    )
    return Reason("kept_back", rule.keep_back_days) if fits else None


def _not_to_be_written(one: Candidate, slot: Released, rules: WaitingRules, now: datetime) -> Reason | None:
    if one.offers_today >= rules.offers_per_day:
        return Reason("enough_offers_today", rules.offers_per_day)
    if not one.consents:
        return Reason("no_consent")
    if one.last_wrote is None or now - one.last_wrote > rules.window:
        return Reason("window_closed")
    if is_quiet(rules, now) and now - one.last_wrote > rules.awake:
        return _asleep(slot, rules, now)
    return None


def _asleep(slot: Released, rules: WaitingRules, now: datetime) -> Reason:
    """She is asleep: her turn waits for the morning, unless that is too near to the slot."""
    morning = now.replace(hour=rules.quiet_until.hour, minute=rules.quiet_until.minute, second=0, microsecond=0)
    if morning <= now:
        morning += timedelta(days=1)
    if slot.start < morning + rules.notice:
        return Reason("too_soon", rules.notice.total_seconds() / 3600)
    return Reason("quiet_hours")


def _considered(one: Candidate, rank: int, slot: Released, now: datetime, reason: Reason | None) -> Considered:
    metres = one.metres.get(slot.center_number)
    distance = None if metres is None else round(metres, -2)
    return Considered(
        entry=one.entry,
        rank=rank,
        name=one.name,
        weeks=one.weeks,
        waited_days=waited_days(one, now),
        distance_m=None if distance is None else int(distance),
        reason=reason,
        age_days=one.age_days,
    )


def _line_holds(line: HoldLine, name: PriorityClass, slot: Released, now: datetime) -> bool:
    hours = (slot.start - now).total_seconds() / 3600
    return (
        (line.slot_within_hours is None or hours <= line.slot_within_hours)
        and (line.name is None or line.name == name)
        and (line.begin is None or now.time() >= line.begin)
        and (line.end is None or now.time() < line.end)
    )
