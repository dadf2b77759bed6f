"""Those who wait, as the rule sees them at this moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from latido.care.places.geometry import distance_m
from latido.care.residents import consenting
from latido.care.rules.priority import ORDER
from latido.care.rules.waiting import Candidate, could_take, order
from latido.care.services import Care
from latido.care.tables import bookings
from latido.care.waiting.entries import Entry
from latido.care.waiting.offers_made import asked_before, open_offers, told_on_day

# Every centre: how far each class goes is the rule's affair.
ALL_CENTERS = 10_000


@dataclass(frozen=True)
class _Known:
    """What the tables say of all of them at once."""

    deciding: frozenset[tuple[str, str]]
    booked: Mapping[tuple[str, str], datetime]
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
        deciding=frozenset(_standing(connection, waiting, ("placing", "held"))),
        booked=_standing(connection, waiting, ("booked",)),
        offered=frozenset(offer.entry_id for offer in open_offers(connection)),
        today=told_on_day(connection, midnight),
        asked=asked_before(connection, [each.id for each in waiting]),
        wrote=care.messenger.last_wrote(connection, residents),
        consenting=consenting(connection, residents),
    )
    return [_candidate(care, each, known, now) for each in waiting]


def position(care: Care, entry: Entry, among: Sequence[Candidate], now: datetime) -> int:
    """Her place, 1 is next, among those who wait for a slot that she could take too."""
    mine = next(each for each in among if each.entry == entry.id)
    hers = [number for number in care.directory.centers if could_take(mine, number, care.waiting)]
    ahead = [
        each
        for each in among
        if order(each, None, care.waiting, now) < order(mine, None, care.waiting, now)
        and any(could_take(each, number, care.waiting) for number in hers)
    ]
    return len(ahead) + 1


def _candidate(care: Care, entry: Entry, known: _Known, now: datetime) -> Candidate:
    wish, today, who = entry.wish, now.date(), (entry.patient_key, entry.service)
    priority = wish.priority_on(care.rules, today)
    return Candidate(
        entry=entry.id,
        # Weeks that go on may raise her class, never lower it.
        name=min(entry.name, priority.name, key=ORDER.index),
        weeks=wish.weeks_on(today),
        since=entry.since,
        metres=_metres(care, entry),
        wanted_center=wish.center_number,
        booked=who in known.booked and known.booked[who] >= entry.since,
        has_offer=who in known.deciding or entry.id in known.offered,
        offers_today=known.today.get(entry.id, 0),
        asked=known.asked.get(entry.id),
        consents=entry.resident in known.consenting,
        last_wrote=known.wrote.get(entry.resident),
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


def _standing(
    connection: Connection, waiting: Sequence[Entry], states: tuple[str, ...]
) -> dict[tuple[str, str], datetime]:
    """Who has a row of the ledger in one of these states, by person and service, and when the latest was begun."""
    keys = [each.patient_key for each in waiting]
    latest = func.max(bookings.c.created_at).label("latest")
    query = (
        select(bookings.c.patient_key, bookings.c.service, latest)
        .where(bookings.c.patient_key.in_(keys), bookings.c.state.in_(states))
        .group_by(bookings.c.patient_key, bookings.c.service)
    )
    return {(row.patient_key, row.service): row.latest for row in connection.execute(query)}
