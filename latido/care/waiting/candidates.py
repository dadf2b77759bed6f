"""Those who wait, as the rule sees them at this moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, select

from latido.care.places.geometry import distance_m
from latido.care.residents import may_be_written_to
from latido.care.rules.priority import ORDER
from latido.care.rules.waiting import Candidate, could_take, order
from latido.care.services import Care
from latido.care.tables import bookings
from latido.care.waiting.entries import Entry
from latido.care.waiting.offers_made import asked_before, open_offers, told_on_day
from latido.care.waiting.tables import entries

# Every centre: how far each class goes is the rule's affair.
ALL_CENTERS = 10_000


@dataclass(frozen=True)
class _Known:
    """What the tables say of all of them at once."""

    deciding: frozenset[tuple[str, str]]
    booked: Mapping[str, Booked]
    offered: frozenset[str]
    today: Mapping[str, int]
    asked: Mapping[str, Mapping[str, bool]]
    wrote: Mapping[str, datetime]
    consenting: frozenset[str]


def candidates(care: Care, connection: Connection, waiting: Sequence[Entry], now: datetime) -> list[Candidate]:
    """The entries as the rule takes them; `now` on the city's clocks."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    residents = sorted({each.resident for each in waiting})
    known = _Known(
        deciding=_deciding(connection, waiting),
        booked=booked_meanwhile(connection, [each.id for each in waiting]),
        offered=frozenset(offer.entry_id for offer in open_offers(connection)),
        today=told_on_day(connection, midnight),
        asked=asked_before(connection, [each.id for each in waiting]),
        wrote=care.messenger.last_wrote(connection, residents),
        consenting=may_be_written_to(connection, residents),
    )
    return [_candidate(care, each, known, now) for each in waiting]


@dataclass(frozen=True)
class Booked:
    """An appointment booked while she waited."""

    appointment_id: str
    starts_at: datetime
    origin: str

    def is_enough(self, since: datetime, target_days: int) -> bool:
        """Whether she needs no earlier one: it lies within her target, or it is what the list found for her."""
        return self.origin == "waiting_list" or self.starts_at <= since + timedelta(days=target_days)


def booked_meanwhile(connection: Connection, entry_ids: Sequence[str]) -> dict[str, Booked]:
    """What each of them booked after she joined, the earliest if several."""
    query = (
        select(entries.c.id, bookings.c.appointment_id, bookings.c.starts_at, bookings.c.origin)
        .join(
            bookings,
            (bookings.c.patient_key == entries.c.patient_key)
            & (bookings.c.service == entries.c.service)
            & (bookings.c.created_at >= entries.c.since),
        )
        .where(entries.c.id.in_(entry_ids), bookings.c.state == "booked")
        .order_by(bookings.c.starts_at.desc())
    )
    rows = connection.execute(query)
    return {row.id: Booked(row.appointment_id, row.starts_at, row.origin) for row in rows}


def position(care: Care, entry: Entry, among: Sequence[Candidate], now: datetime) -> int:
    """Her place, 1 is next, among those who wait for a slot that she could take too."""
    mine = next(each for each in among if each.entry == entry.id)
    rules = care.rules[entry.service].waiting
    hers = [number for number in care.directory.centers if could_take(mine, number, rules)]
    ahead = [
        each
        for each in among
        if order(each, None, rules, now) < order(mine, None, rules, now)
        and any(could_take(each, number, rules) for number in hers)
    ]
    return len(ahead) + 1


def _candidate(care: Care, entry: Entry, known: _Known, now: datetime) -> Candidate:
    wish, today, who = entry.wish, now.date(), (entry.patient_key, entry.service)
    rules = care.rules[entry.service]
    priority = wish.priority_on(rules, today)
    booked = known.booked.get(entry.id)
    in_time = booked is not None and booked.is_enough(entry.since, rules.priority.classes[entry.name].target_days)
    return Candidate(
        entry=entry.id,
        # Weeks that go on may raise her class, never lower it.
        name=min(entry.name, priority.name, key=ORDER.index),
        weeks=wish.weeks_on(today),
        since=entry.since,
        metres=_metres(care, entry),
        wanted_center=wish.center_number,
        booked=in_time,
        booked_for=booked.starts_at if booked and not in_time else None,
        has_offer=who in known.deciding or entry.id in known.offered,
        offers_today=known.today.get(entry.id, 0),
        asked=known.asked.get(entry.id),
        consents=entry.resident in known.consenting,
        last_wrote=known.wrote.get(entry.resident),
        age_days=wish.facts.age_days_on(today),
    )


def _metres(care: Care, entry: Entry) -> dict[int, float]:
    wish = entry.wish
    if wish.point is None:
        return {}
    if wish.center_number is not None:
        center = care.directory.centers.get(wish.center_number)
        return {center.number: distance_m(wish.point, center.point)} if center else {}
    ranked = care.directory.nearest(wish.point, entry.service, limit=ALL_CENTERS)
    return {center.number: metres for center, metres in ranked}


def _deciding(connection: Connection, waiting: Sequence[Entry]) -> frozenset[tuple[str, str]]:
    """Who is deciding about a slot of her own choice, by person and service."""
    keys = [each.patient_key for each in waiting]
    undecided = (bookings.c.patient_key.in_(keys), bookings.c.state.in_(("placing", "held")))
    rows = connection.execute(select(bookings.c.patient_key, bookings.c.service).where(*undecided))
    return frozenset((row.patient_key, row.service) for row in rows)
