"""Entries of the waiting list: as values, written and read. What is sealed is opened here and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Literal, cast

from sqlalchemy import Connection, Row, Select, case, exists, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert

from latido.care.booking.patients import Person
from latido.care.places.geometry import Point
from latido.care.rules.gestation import GestationalAge
from latido.care.rules.priority import Answers, ClassRule, Priority, PriorityClass
from latido.care.rules.service_rules import Facts, ServiceRules
from latido.care.tables import bookings
from latido.care.waiting.tables import entries
from latido.crypto import Vault

State = Literal["waiting", "offered", "booked", "left", "ended"]
LIVE: tuple[State, ...] = ("waiting", "offered")


@dataclass(frozen=True)
class Wish:
    """What she waits for, and what decides when it is her turn. `point` is coarse; `age` is true on its own day."""

    person: Person
    answers: Answers
    age: GestationalAge | None
    point: Point | None
    center_number: int | None
    area: str | None

    def weeks_on(self, day: date) -> int | None:
        """The upper bound of the completed weeks on a day; None when nobody knows."""
        return self.facts.weeks_on(day)

    @property
    def facts(self) -> Facts:
        """What the rules may know of her."""
        return Facts(self.age, self.person.birth_date)

    def priority_on(self, rules: ServiceRules, day: date) -> Priority:
        """Her priority on a day: weeks go on, and children grow, while they wait."""
        return rules.priority_on(day, self.facts, self.answers)


@dataclass(frozen=True)
class Entry:
    """One who waits."""

    id: str
    resident: str
    patient_key: str
    patient_id: str
    service: str
    state: State
    name: PriorityClass
    wish: Wish
    since: datetime
    ends_at: datetime
    shown_on_server: str
    ended_why: str | None

    @property
    def is_live(self) -> bool:
        """Whether she still waits, with an offer or without."""
        return self.state in LIVE

    @property
    def role(self) -> str:
        """Which of the resident's people waits."""
        return self.patient_key.removeprefix(f"{self.resident}:")


def put_on_list(connection: Connection, vault: Vault, entry: Entry) -> Entry:
    """The entry as stored: a new one, or her live one of this service brought up to date (she keeps her place)."""
    row = _row(vault, entry)
    refreshed = {key: value for key, value in row.items() if key not in ("id", "state", "since", "shown_on_server")}
    statement = (
        insert(entries)
        .values(row)
        .on_conflict_do_update(
            index_elements=["patient_key", "service"],
            # In words, not parameters: a prepared statement could not be matched with the partial index.
            index_where=text("state IN ('waiting', 'offered')"),
            set_=refreshed | {"shown_on_server": "none"},
        )
        .returning(*entries.c)
    )
    return _entry(vault, connection.execute(statement).one())


def find_entry(connection: Connection, vault: Vault, entry_id: str, resident: str | None = None) -> Entry | None:
    """The entry, held against other writers until the transaction ends; None when it is not this resident's."""
    query = select(entries).where(entries.c.id == entry_id)
    if resident is not None:
        query = query.where(entries.c.resident == resident)
    found = connection.execute(query.with_for_update()).first()
    return _entry(vault, found) if found else None


def live_entries_of(connection: Connection, vault: Vault, resident: str, service: str | None = None) -> list[Entry]:
    """What the resident waits for, whoever of her people it is for."""
    query = _live().where(entries.c.resident == resident)
    if service is not None:
        query = query.where(entries.c.service == service)
    return _entries(vault, connection.execute(query).all())


def live_entries(connection: Connection, vault: Vault, service: str | None = None) -> list[Entry]:
    """All who wait, longest first."""
    query = _live() if service is None else _live().where(entries.c.service == service)
    return _entries(vault, connection.execute(query).all())


def entries_by_id(connection: Connection, vault: Vault, ids: Sequence[str]) -> dict[str, Entry]:
    """These entries."""
    found = connection.execute(select(entries).where(entries.c.id.in_(ids))).all()
    return {each.id: each for each in _entries(vault, found)}


def set_state(connection: Connection, entry_id: str, state: State, now: datetime, why: str | None = None) -> bool:
    """Move a live entry to another state; False when it was not live any more. Over, it keeps nothing sealed."""
    over = {} if state in LIVE else {"ended_at": now, "ended_why": why or state, "details_sealed": b""}
    values = {"state": state, **over}
    live = (entries.c.id == entry_id, entries.c.state.in_(LIVE))
    return connection.execute(update(entries).where(*live).values(values)).rowcount > 0


def end_booked(
    connection: Connection, rules: Mapping[str, ServiceRules], now: datetime, resident: str | None = None
) -> None:
    """Who booked within her target while she waited, waits no more; of all residents, or of one; for every service.

    With a slot beyond the target she goes on waiting for an earlier one.
    """
    for service, own in rules.items():
        _end_booked(connection, service, own.priority.classes, now, resident)


def _end_booked(
    connection: Connection,
    service: str,
    classes: Mapping[PriorityClass, ClassRule],
    now: datetime,
    resident: str | None,
) -> None:
    days = case(*((entries.c.priority_class == name, rule.target_days) for name, rule in classes.items()), else_=0)
    in_time = bookings.c.starts_at <= entries.c.since + func.make_interval(0, 0, 0, days)
    booked = exists().where(
        bookings.c.patient_key == entries.c.patient_key,
        bookings.c.service == entries.c.service,
        bookings.c.state == "booked",
        bookings.c.created_at >= entries.c.since,
        or_(in_time, bookings.c.origin == "waiting_list"),
    )
    query = select(entries.c.id).where(entries.c.state.in_(LIVE), entries.c.service == service, booked)
    if resident is not None:
        query = query.where(entries.c.resident == resident)
    for entry_id in connection.execute(query).scalars().all():
        set_state(connection, entry_id, "booked", now)


def set_class(connection: Connection, entry_id: str, name: PriorityClass) -> None:
    """Her class is another one now: weeks went on."""
    connection.execute(update(entries).where(entries.c.id == entry_id).values(priority_class=name))


def mark_unreachable(connection: Connection, entry_ids: Sequence[str], now: datetime) -> None:
    """It was their turn and they could not be written to: an operator should call. The first time counts."""
    missed = (entries.c.id.in_(entry_ids), entries.c.unreachable_since.is_(None))
    connection.execute(update(entries).where(*missed).values(unreachable_since=now))


def clear_unreachable(connection: Connection, entry_ids: Sequence[str]) -> None:
    """They can be written to again."""
    again = (entries.c.id.in_(entry_ids), entries.c.unreachable_since.is_not(None))
    connection.execute(update(entries).where(*again).values(unreachable_since=None))


def _live() -> Select[Any]:
    return select(entries).where(entries.c.state.in_(LIVE)).order_by(entries.c.since, entries.c.id)


def _row(vault: Vault, entry: Entry) -> dict[str, Any]:
    wish = entry.wish
    return {
        "id": entry.id,
        "resident": entry.resident,
        "patient_key": entry.patient_key,
        "patient_id": entry.patient_id,
        "service": entry.service,
        "state": entry.state,
        "priority_class": entry.name,
        "weeks": wish.age.weeks_max if wish.age else None,
        "weeks_as_of": wish.age.as_of if wish.age else None,
        "center_number": wish.center_number,
        "area": wish.area,
        "details_sealed": vault.seal(json.dumps(_details(wish))),
        "since": entry.since,
        "ends_at": entry.ends_at,
        "shown_on_server": entry.shown_on_server,
    }


def _details(wish: Wish) -> dict[str, Any]:
    age, born = wish.age, wish.person.birth_date
    return {
        "person": asdict(wish.person) | {"birth_date": born.isoformat() if born else None},
        "answers": asdict(wish.answers),
        "age": [age.weeks_min, age.weeks_max, age.as_of.isoformat(), age.source] if age else None,
        "point": [wish.point.latitude, wish.point.longitude] if wish.point else None,
    }


def _entries(vault: Vault, rows: Sequence[Row[Any]]) -> list[Entry]:
    return [_entry(vault, row) for row in rows]


def _entry(vault: Vault, row: Row[Any]) -> Entry:
    return Entry(
        id=row.id,
        resident=row.resident,
        patient_key=row.patient_key,
        patient_id=row.patient_id,
        service=row.service,
        state=cast(State, row.state),
        name=cast(PriorityClass, row.priority_class),
        wish=_wish(vault, row),
        since=row.since,
        ends_at=row.ends_at,
        shown_on_server=row.shown_on_server,
        ended_why=row.ended_why,
    )


def _wish(vault: Vault, row: Row[Any]) -> Wish:
    if not row.details_sealed:
        return Wish(Person("self"), Answers(), None, None, row.center_number, row.area)
    details = json.loads(vault.open(row.details_sealed))
    return Wish(
        person=_person(details["person"]),
        answers=Answers(**details["answers"]),
        age=_age(details["age"]),
        point=Point(*details["point"]) if details["point"] else None,
        center_number=row.center_number,
        area=row.area,
    )


def _person(parts: dict[str, Any]) -> Person:
    born = parts.pop("birth_date", None)
    return Person(**parts, birth_date=date.fromisoformat(born) if born else None)


def _age(parts: list[Any] | None) -> GestationalAge | None:
    return GestationalAge(parts[0], parts[1], date.fromisoformat(parts[2]), parts[3]) if parts else None
