"""Slots offered to those who wait: begun, told, settled. A row is begun before its slot is held anywhere.

holding → open (she was told) → accepted, declined, expired or withdrawn; holding → lost when somebody else was faster.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, Row, Select, func, insert, select, update

from latido.care.rules.waiting import Considered, Decision
from latido.care.waiting.tables import decisions, offers

State = Literal["holding", "open", "accepted", "declined", "expired", "withdrawn", "lost"]
# A slot that shows as free and cannot be held: the server's affair, not to be tried every few seconds.
LOSSES_AN_HOUR = 3
AN_HOUR = timedelta(hours=1)
OPEN: tuple[State, ...] = ("holding", "open")
_BEFORE: Mapping[str, tuple[State, ...]] = {"accepted": ("open", "expired"), "lost": ("holding",)}


@dataclass(frozen=True)
class Offer:
    """A slot held, or being held, for one who waits."""

    id: int
    entry_id: str
    slot_id: str
    slot_start: datetime
    center_number: int
    state: State
    minutes: int
    hold_id: str | None
    begun_at: datetime
    expires_at: datetime | None

    @property
    def key(self) -> str:
        """The idempotency key of its hold: whoever takes the row up again asks for the same one."""
        return f"waiting:{self.entry_id}:{self.id}"

    @property
    def answer_id(self) -> str:
        """The entry with this very offer: what a button carries, so that an old one cannot take a newer slot."""
        return f"{self.entry_id}.{self.id}"


def record(connection: Connection, decision: Decision, service: str, rule_set: str, now: datetime) -> int:
    """Keep what was decided about a slot and why; returns the record's id."""
    values = {
        "slot_id": decision.slot.slot_id,
        "slot_start": decision.slot.start,
        "center_number": decision.slot.center_number,
        "service": service,
        "decided_at": now,
        "rule_set": rule_set,
        "chosen": decision.chosen,
        "considered": [_as_json(each) for each in decision.considered],
    }
    return int(connection.execute(insert(decisions).values(values).returning(decisions.c.id)).scalar_one())


def begin_offer(connection: Connection, decision: Decision, decision_id: int, minutes: int, now: datetime) -> Offer:
    """A new row for the one chosen; IntegrityError when the slot or she has an open offer already."""
    values = {
        "entry_id": decision.chosen,
        "decision_id": decision_id,
        "slot_id": decision.slot.slot_id,
        "slot_start": decision.slot.start,
        "center_number": decision.slot.center_number,
        "state": "holding",
        "minutes": minutes,
        "begun_at": now,
        "looked_at": now,
    }
    return _offer(connection.execute(insert(offers).values(values).returning(*offers.c)).one())


def held(connection: Connection, offer: Offer, hold_id: str, expires_at: datetime, now: datetime) -> bool:
    """The slot is held and she is being told in this very transaction; False when another worker was first."""
    return _move(connection, offer, ("holding",), state="open", hold_id=hold_id, expires_at=expires_at, told_at=now)


def settle(connection: Connection, offer: Offer, state: State, now: datetime) -> bool:
    """End an offer; False when it has ended otherwise. She may still accept one that expired."""
    before = _BEFORE.get(state, OPEN)
    return _move(connection, offer, before, state=state, settled_at=now)


def is_to_be_left_alone(connection: Connection, slot_id: str, now: datetime) -> bool:
    """Whether somebody is being asked about this slot, or it could not be held again and again."""
    open_now = func.count().filter(offers.c.state.in_(OPEN))
    lost = func.count().filter(offers.c.state == "lost", offers.c.settled_at > now - AN_HOUR)
    found = connection.execute(select(open_now, lost).where(offers.c.slot_id == slot_id)).one()
    return bool(found[0]) or found[1] >= LOSSES_AN_HOUR


def open_offers(connection: Connection) -> list[Offer]:
    """All that wait for an answer, or for their hold."""
    return _offers(connection, _query().where(offers.c.state.in_(OPEN)))


def offer_of(connection: Connection, entry_id: str, offer_id: int | None = None) -> Offer | None:
    """The open offer of an entry; with `offer_id` that one, however it ended."""
    query = _query().where(offers.c.entry_id == entry_id)
    wanted = query.where(offers.c.state.in_(OPEN)) if offer_id is None else query.where(offers.c.id == offer_id)
    found = _offers(connection, wanted)
    return found[0] if found else None


def latest_told(connection: Connection, entry_id: str) -> Offer | None:
    """The last offer of an entry that she was told of."""
    query = _query().where(offers.c.entry_id == entry_id, offers.c.told_at.is_not(None))
    found = _offers(connection, query.order_by(offers.c.id.desc()).limit(1))
    return found[0] if found else None


def abandoned(connection: Connection, now: datetime, patience: timedelta, limit: int = 20) -> list[Offer]:
    """Rows whose worker died before she was told, taken in hand: each by one worker."""
    left = select(offers.c.id).where(offers.c.state == "holding", offers.c.looked_at < now - patience)
    chosen = left.order_by(offers.c.id).limit(limit).with_for_update(skip_locked=True)
    return _taken_in_hand(connection, chosen, now)


def run_out(connection: Connection, now: datetime, limit: int = 50) -> list[Offer]:
    """Open offers whose time is over, taken in hand: each by one worker."""
    due = select(offers.c.id).where(offers.c.state == "open", offers.c.expires_at <= now)
    return _taken_in_hand(connection, due.order_by(offers.c.id).limit(limit).with_for_update(skip_locked=True), now)


def told_on_day(connection: Connection, since: datetime) -> dict[str, int]:
    """How many offers each entry got since an instant."""
    query = (
        select(offers.c.entry_id, func.count().label("told"))
        .where(offers.c.told_at >= since)
        .group_by(offers.c.entry_id)
    )
    return {row.entry_id: int(row.told) for row in connection.execute(query)}


def asked_before(connection: Connection, entry_ids: Sequence[str]) -> dict[str, dict[str, bool]]:
    """By entry, the slots she was told of before: True when she declined, False when she let it pass."""
    told = (offers.c.entry_id.in_(entry_ids), offers.c.told_at.is_not(None), offers.c.state.not_in(OPEN))
    asked: dict[str, dict[str, bool]] = {}
    for row in connection.execute(select(offers.c.entry_id, offers.c.slot_id, offers.c.state).where(*told)):
        asked.setdefault(row.entry_id, {})[row.slot_id] = row.state == "declined"
    return asked


def _move(connection: Connection, offer: Offer, before: tuple[State, ...], **values: Any) -> bool:
    row = (offers.c.id == offer.id, offers.c.state.in_(before))
    return connection.execute(update(offers).where(*row).values(values)).rowcount > 0


def _taken_in_hand(connection: Connection, chosen: Select[Any], now: datetime) -> list[Offer]:
    mark = update(offers).where(offers.c.id.in_(chosen)).values(looked_at=now).returning(*offers.c)
    return [_offer(row) for row in connection.execute(mark)]


def _query() -> Select[Any]:
    return select(offers).order_by(offers.c.id)


def _offers(connection: Connection, query: Select[Any]) -> list[Offer]:
    return [_offer(row) for row in connection.execute(query)]


def _offer(row: Row[Any]) -> Offer:
    values = {name: getattr(row, name) for name in Offer.__dataclass_fields__}
    return Offer(**values)


def _as_json(one: Considered) -> dict[str, Any]:
    return {
        "entry": one.entry,
        "class": one.name,
        "weeks": one.weeks,
        "age_days": one.age_days,
        "waited_days": one.waited_days,
        "distance_m": one.distance_m,
        "reason": one.reason.code if one.reason else None,
        "value": one.reason.value if one.reason else None,
    }
