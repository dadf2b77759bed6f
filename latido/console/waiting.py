"""The waiting list as operators read it: who waits, what is being offered, and why each decision fell as it did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
import yaml
from sqlalchemy import ColumnElement, Connection, Row, case, func, select
from starlette.responses import Response

from latido.console.alerts import open_alert_count
from latido.console.pages import live_page
from latido.console.reading import label
from latido.console.showing import BUENOS_AIRES, WEEKDAYS, clock
from latido.console.visits import Visit

RULES = Path(__file__).resolve().parents[2] / "data" / "care" / "waiting_list.yml"
SHOWN = 100
DECISIONS = 20
CLASSES = ("top", "priority", "routine")
PEDIATRIC = "pediatric"
A_CHILD = "niña o niño"

# Care's tables, as far as this page reads them: nothing sealed is named here.
entries = sa.table(
    "care_waiting_entry",
    *(sa.column(name) for name in ("id", "resident", "service", "state", "priority_class")),
    sa.column("weeks", sa.Integer),
    sa.column("weeks_as_of", sa.Date),
    *(sa.column(name) for name in ("center_number", "area", "since", "unreachable_since")),
)
offers = sa.table(
    "care_waiting_offer",
    *(sa.column(name) for name in ("entry_id", "decision_id", "slot_start", "center_number", "state", "expires_at")),
)
decisions = sa.table(
    "care_waiting_decision",
    *(sa.column(name) for name in ("id", "slot_start", "center_number", "decided_at", "chosen", "considered")),
)


@dataclass(frozen=True)
class Waiting:
    """One who waits; `offer` says what is held for her and for how long."""

    resident: str
    name: str
    weeks: str
    where: str
    since: datetime
    to_call: bool
    offer: str | None


@dataclass(frozen=True)
class PassedOver:
    """One before the chosen one, and why she did not get it."""

    resident: str
    who: str
    why: str


@dataclass(frozen=True)
class Told:
    """A decision in words."""

    id: int
    decided_at: datetime
    slot: str
    chosen: str | None
    because: str
    outcome: str
    passed_over: tuple[PassedOver, ...]
    behind: int


@dataclass(frozen=True)
class WaitingList:
    """The page: those to call first, then all who wait in their order, then the last decisions."""

    to_call: tuple[Waiting, ...]
    waiting: tuple[Waiting, ...]
    count: int
    decisions: tuple[Told, ...]


def waiting_list(visit: Visit) -> Response:
    """The page of the waiting list."""
    now = visit.console.now()
    with visit.console.engine.connect() as connection:
        found = read_waiting_list(connection, now)
        alerts = open_alert_count(connection)
    return live_page(visit, "waiting.html", "/waiting-list", alerts, found=found)


def read_waiting_list(connection: Connection, now: datetime) -> WaitingList:
    """Who waits and what was decided last."""
    live = entries.c.state.in_(("waiting", "offered"))
    query = select(entries).where(live).order_by(_class_rank(), _weeks_in_order(now).desc(), entries.c.since)
    held = _open_offers(connection)
    waiting = [_waiting(row, held.get(row.id), now) for row in connection.execute(query.limit(SHOWN))]
    count = int(connection.execute(select(func.count()).select_from(entries).where(live)).scalar_one())
    return WaitingList(
        to_call=tuple(one for one in waiting if one.to_call),
        waiting=tuple(waiting),
        count=count,
        decisions=_decisions(connection),
    )


def why_in_words(reason: str, value: float | None) -> str:
    """What stood against somebody, in a sentence's end."""
    if value is None:
        return label("waiting_reasons_without_number", reason)
    number = f"{value / 1000:.1f}".replace(".", ",") if reason == "too_far" else f"{value:g}"
    return label("waiting_reasons", reason).format(value=number)


def _class_rank() -> ColumnElement[int]:
    ranks = {name: rank for rank, name in enumerate(CLASSES)}
    return case(ranks, value=entries.c.priority_class, else_=len(CLASSES))


def _weeks_in_order(now: datetime) -> ColumnElement[int]:
    """Completed weeks today; where nobody knows, what they count as in her class."""
    days = sa.cast(now.astimezone(BUENOS_AIRES).date(), sa.Date) - entries.c.weeks_as_of
    unknown = case(_unknown_weeks_as(), value=entries.c.priority_class, else_=0)
    return func.coalesce(entries.c.weeks + days // 7, unknown)


@cache
def _unknown_weeks_as() -> dict[str, int]:
    content = yaml.safe_load(RULES.read_text(encoding="utf-8"))
    return {name: int(terms["unknown_weeks_as"]) for name, terms in content["classes"].items()}


def _open_offers(connection: Connection) -> dict[str, Row[Any]]:
    rows = connection.execute(select(offers).where(offers.c.state.in_(("holding", "open"))))
    return {row.entry_id: row for row in rows}


def _waiting(row: Row[Any], held: Row[Any] | None, now: datetime) -> Waiting:
    weeks = None if row.weeks is None else row.weeks + _weeks_since(row, now)
    where = f"solo en el CeSAC {row.center_number}" if row.center_number is not None else row.area or "sin lugar"
    return Waiting(
        resident=row.resident,
        name=row.priority_class,
        weeks=A_CHILD if row.service == PEDIATRIC else _weeks_in_words(weeks),
        where=where,
        since=row.since,
        to_call=row.unreachable_since is not None,
        offer=_offer_in_words(held, now) if held else None,
    )


def _weeks_since(row: Row[Any], now: datetime) -> int:
    return int((now.astimezone(BUENOS_AIRES).date() - row.weeks_as_of).days) // 7


def _who_in_words(one: Mapping[str, Any]) -> str:
    """How far her pregnancy is, or how old the child is."""
    days = one.get("age_days")
    if days is None:
        return _weeks_in_words(one["weeks"])
    if days < 61:
        return f"{days} días de vida" if days != 1 else "1 día de vida"
    return f"{days // 30} meses de vida" if days < 730 else f"{days // 365} años"


def _weeks_in_words(weeks: int | None) -> str:
    if weeks is None:
        return "no sabe de cuánto"
    return "1 semana" if weeks == 1 else f"{weeks} semanas"


def _offer_in_words(held: Row[Any], now: datetime) -> str:
    slot = _slot_in_words(held)
    if held.expires_at is None:
        return f"{slot} · se está reservando"
    if held.expires_at <= now:
        return f"{slot} · se venció, pasa a la próxima"
    minutes = max(1, round((held.expires_at - now) / timedelta(minutes=1)))
    return f"{slot} · le quedan {minutes} min, hasta las {clock(held.expires_at)}"


def _slot_in_words(row: Row[Any]) -> str:
    start = row.slot_start.astimezone(BUENOS_AIRES)
    return f"{WEEKDAYS[start.weekday()]} {start.day}/{start.month} {clock(start)}, CeSAC {row.center_number}"


def _decisions(connection: Connection) -> tuple[Told, ...]:
    rows = connection.execute(select(decisions).order_by(decisions.c.id.desc()).limit(DECISIONS)).all()
    of_decision = offers.c.decision_id.in_([row.id for row in rows])
    states = {row.decision_id: row.state for row in connection.execute(select(offers).where(of_decision))}
    named = {one["entry"] for row in rows for one in row.considered}
    found = connection.execute(select(entries.c.id, entries.c.resident).where(entries.c.id.in_(named)))
    residents = {row.id: row.resident for row in found}
    return tuple(_told(row, states.get(row.id), residents) for row in rows)


def _told(row: Row[Any], state: str | None, residents: Mapping[str, str]) -> Told:
    ahead, chosen, behind = [], None, 0
    for one in row.considered:
        if chosen is not None:
            behind += 1
        elif one["entry"] == row.chosen:
            chosen = one
        else:
            ahead.append(one)
    return Told(
        id=row.id,
        decided_at=row.decided_at,
        slot=_slot_in_words(row),
        chosen=residents.get(row.chosen),
        because=_circumstances(chosen) if chosen else "",
        outcome=label("waiting_outcomes", state) if state else "",
        passed_over=tuple(_passed_over(one, residents) for one in ahead if one["reason"]),
        behind=behind,
    )


def _passed_over(one: Mapping[str, Any], residents: Mapping[str, str]) -> PassedOver:
    return PassedOver(
        residents.get(one["entry"], ""), _circumstances(one), why_in_words(str(one["reason"]), one["value"])
    )


def _circumstances(one: Mapping[str, Any]) -> str:
    """Class, weeks, wait and distance: the order of the list."""
    days = one["waited_days"]
    waited = "desde hoy" if days == 0 else "desde ayer" if days == 1 else f"hace {days} días"
    away = [] if one["distance_m"] is None else [f"a {one['distance_m']} m"]
    return ", ".join([label("waiting_classes", one["class"]), _who_in_words(one), f"espera {waited}", *away])
