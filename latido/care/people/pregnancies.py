"""Pregnancies a resident told us of: as values, begun, brought up to date, ended, resumed."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, Select, Text, any_, bindparam, delete, insert, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY

from latido.care.people.tables import pregnancies
from latido.care.rules.gestation import GestationalAge
from latido.crypto import Vault

Why = Literal["birth", "loss"]
# So many weeks apart, what is told is no better knowledge of the same pregnancy: it is another one.
ANOTHER_WEEKS = 12
# So many weeks apart, what was known better was misunderstood: what she says now corrects it.
CONTRADICTING_WEEKS = 4


@dataclass(frozen=True)
class PregnancyRecord:
    """A pregnancy of one of a resident's people. `age` is None while nobody knows the weeks.

    `assumed`: nobody had told us of it before it ended; it is kept so that nothing more is written of it.
    """

    role: str
    began_at: datetime
    age: GestationalAge | None = None
    id: int | None = None
    ended_at: datetime | None = None
    why: Why | None = None
    assumed: bool = False
    stop_id: str | None = None

    @property
    def is_ongoing(self) -> bool:
        """Whether it goes on, as far as we were told."""
        return self.ended_at is None


def all_pregnancies(connection: Connection, vault: Vault, resident: str) -> list[PregnancyRecord]:
    """Every pregnancy of a resident's people, in the order they were told."""
    return [_record(vault, row) for row in connection.execute(_ALL, {"whose": resident})]


# Made once: the check before every reminder asks it.
_ALL: Select[Any] = select(pregnancies).where(pregnancies.c.resident == bindparam("whose")).order_by(pregnancies.c.id)


def pregnancies_of(
    connection: Connection, vault: Vault, residents: Collection[str]
) -> dict[str, list[PregnancyRecord]]:
    """As `all_pregnancies` for many residents at once, by resident; who has none is left out."""
    found: dict[str, list[PregnancyRecord]] = {}
    query = (
        select(pregnancies)
        .where(pregnancies.c.resident == any_(literal(list(residents), ARRAY(Text))))
        .order_by(pregnancies.c.id)
    )
    for row in connection.execute(query):
        found.setdefault(row.resident, []).append(_record(vault, row))
    return found


def ongoing(connection: Connection, vault: Vault, resident: str) -> dict[str, PregnancyRecord]:
    """The pregnancies that go on, by the role of the person."""
    return {each.role: each for each in all_pregnancies(connection, vault, resident) if each.is_ongoing}


def all_ongoing(
    connection: Connection, vault: Vault, residents: Collection[str]
) -> dict[tuple[str, str], PregnancyRecord]:
    """The pregnancies of many residents that go on, by resident and role: one question for a whole list."""
    theirs = (pregnancies.c.resident.in_(residents), pregnancies.c.state == "ongoing")
    rows = connection.execute(select(pregnancies).where(*theirs))
    return {(row.resident, row.role): _record(vault, row) for row in rows}


def tell_pregnancy(
    connection: Connection, vault: Vault, resident: str, role: str, age: GestationalAge | None, now: datetime
) -> PregnancyRecord:
    """Begin her pregnancy or bring it up to date; what is known better stays. `now` on the city's clocks."""
    known = ongoing(connection, vault, resident).get(role)
    if known is None:
        return _begin(connection, vault, resident, PregnancyRecord(role, now, age))
    kept = _brought_up_to_date(known, age, now)
    if kept != known:
        values = {"details_sealed": _sealed(vault, kept), "began_at": kept.began_at}
        connection.execute(update(pregnancies).where(pregnancies.c.id == known.id).values(values))
    return kept


def end_pregnancies(
    connection: Connection,
    vault: Vault,
    resident: str,
    ending: Collection[PregnancyRecord],
    why: Why,
    now: datetime,
    stop_id: str | None = None,
) -> None:
    """End these; one never written down (`id` None) is written down ended, so that nothing more is said of it."""
    for each in ending:
        over = replace(each, ended_at=now, why=why, stop_id=stop_id)
        if each.id is None:
            _begin(connection, vault, resident, replace(over, assumed=True))
            continue
        values = {"state": "ended", "ended_at": now, "stop_id": stop_id, "details_sealed": _sealed(vault, over)}
        connection.execute(update(pregnancies).where(pregnancies.c.id == each.id).values(values))


def resume(connection: Connection, vault: Vault, resident: str, ended: Collection[PregnancyRecord]) -> None:
    """These go on after all: it was a mistake. One only assumed is dropped; where another goes on, that one stands."""
    standing = ongoing(connection, vault, resident)
    for each in ended:
        this = pregnancies.c.id == each.id
        if each.assumed:
            connection.execute(delete(pregnancies).where(this))
        elif each.role in standing:
            connection.execute(update(pregnancies).where(this).values(stop_id=None))
        else:
            again = replace(each, ended_at=None, why=None, stop_id=None)
            values = {"state": "ongoing", "ended_at": None, "stop_id": None, "details_sealed": _sealed(vault, again)}
            connection.execute(update(pregnancies).where(this).values(values))


def forget_pregnancies(connection: Connection, vault: Vault, resident: str, role: str) -> None:
    """Keep nothing of one person's pregnancies, but that they ended: still nothing is to be written of them."""
    mine = (pregnancies.c.resident == resident, pregnancies.c.role == role)
    connection.execute(delete(pregnancies).where(*mine, pregnancies.c.state == "ongoing"))
    blank = _sealed(vault, PregnancyRecord(role, datetime.min, assumed=True))
    connection.execute(update(pregnancies).where(*mine).values(details_sealed=blank, stop_id=None))


def _brought_up_to_date(known: PregnancyRecord, age: GestationalAge | None, now: datetime) -> PregnancyRecord:
    if known.age is None or age is None:
        return replace(known, age=known.age or age)
    today = now.date()
    fewer = known.age.earliest_on(today) - age.latest_on(today)
    more = age.earliest_on(today) - known.age.latest_on(today)
    if known.age.is_over_on(today) or fewer > ANOTHER_WEEKS:
        return replace(known, age=age, began_at=now)
    if max(fewer, more) > CONTRADICTING_WEEKS:
        return replace(known, age=age)
    return replace(known, age=known.age.better_of(age))


def _begin(connection: Connection, vault: Vault, resident: str, begun: PregnancyRecord) -> PregnancyRecord:
    values = {
        "resident": resident,
        "role": begun.role,
        "state": "ongoing" if begun.is_ongoing else "ended",
        "details_sealed": _sealed(vault, begun),
        "began_at": begun.began_at,
        "ended_at": begun.ended_at,
        "stop_id": begun.stop_id,
    }
    row = connection.execute(insert(pregnancies).values(values).returning(pregnancies.c.id)).one()
    return replace(begun, id=row.id)


def _sealed(vault: Vault, one: PregnancyRecord) -> bytes:
    return vault.seal(json.dumps({"age": _parts(one.age), "why": one.why, "assumed": one.assumed}))


def _parts(age: GestationalAge | None) -> list[Any] | None:
    if age is None:
        return None
    lmp = age.lmp.isoformat() if age.lmp else None
    return [age.weeks_min, age.weeks_max, age.as_of.isoformat(), age.source, lmp]


def _record(vault: Vault, row: Row[Any]) -> PregnancyRecord:
    details = json.loads(vault.open(row.details_sealed))
    return PregnancyRecord(
        role=row.role,
        began_at=row.began_at,
        age=_age(details["age"]),
        id=row.id,
        ended_at=row.ended_at,
        why=details["why"],
        assumed=details["assumed"],
        stop_id=row.stop_id,
    )


def _age(parts: list[Any] | None) -> GestationalAge | None:
    if parts is None:
        return None
    low, high, as_of, source, lmp = parts
    return GestationalAge(low, high, date.fromisoformat(as_of), source, date.fromisoformat(lmp) if lmp else None)
