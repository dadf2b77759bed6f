"""The people of a resident: as values, written and read. What is sealed is opened here and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, cast

from sqlalchemy import Connection, Row, Select, Text, any_, bindparam, literal, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY, insert

from latido.care.people.tables import people
from latido.crypto import Vault

Kind = Literal["adult", "child"]
State = Literal["live", "stopped", "forgotten"]
SELF = "self"


@dataclass(frozen=True)
class PersonRecord:
    """One of a resident's people. `role` names her everywhere; `since`: when we were told of her."""

    role: str
    kind: Kind
    since: datetime
    given_name: str | None = None
    birth_date: date | None = None
    state: State = "live"
    changed_at: datetime | None = None
    stop_id: str | None = None

    @property
    def is_live(self) -> bool:
        """Whether she is told of."""
        return self.state == "live"


def lock_people(connection: Connection, resident: str) -> None:
    """Whatever is told of one resident's people is written one after the other, until the transaction ends."""
    lock = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 3))")
    connection.execute(lock, {"name": f"people:{resident}"})


def all_people(connection: Connection, vault: Vault, resident: str) -> list[PersonRecord]:
    """Everybody known of, in the order they became known, with those who are stopped or forgotten."""
    return [_record(vault, row) for row in connection.execute(_ALL, {"whose": resident})]


# Made once: the check before every reminder asks it.
_ALL: Select[Any] = select(people).where(people.c.resident == bindparam("whose")).order_by(people.c.id)


def people_of(connection: Connection, vault: Vault, residents: Collection[str]) -> dict[str, list[PersonRecord]]:
    """As `all_people` for many residents at once, by resident; who has nobody is left out."""
    found: dict[str, list[PersonRecord]] = {}
    query = select(people).where(people.c.resident == any_(literal(list(residents), ARRAY(Text)))).order_by(people.c.id)
    for row in connection.execute(query):
        found.setdefault(row.resident, []).append(_record(vault, row))
    return found


def children_of(
    connection: Connection, vault: Vault, residents: Collection[str]
) -> dict[tuple[str, str], PersonRecord]:
    """The children of many residents, by resident and role: one question for a whole list."""
    query = select(people).where(people.c.resident.in_(residents), people.c.kind == "child")
    return {(row.resident, row.role): _record(vault, row) for row in connection.execute(query)}


def live_people(connection: Connection, vault: Vault, resident: str) -> list[PersonRecord]:
    """Those who are told of, in the order they became known."""
    return [each for each in all_people(connection, vault, resident) if each.is_live]


def find_person(connection: Connection, vault: Vault, resident: str, role: str) -> PersonRecord | None:
    """One of them, in whatever state."""
    query = select(people).where(people.c.resident == resident, people.c.role == role)
    row = connection.execute(query).first()
    return _record(vault, row) if row else None


def keep_person(connection: Connection, vault: Vault, resident: str, person: PersonRecord, now: datetime) -> None:
    """Write a person down, new or changed; her place in the order stays."""
    values = {
        "kind": person.kind,
        "state": person.state,
        "details_sealed": vault.seal(json.dumps(_details(person))),
        "changed_at": now,
        "stop_id": person.stop_id,
    }
    row = {"resident": resident, "role": person.role, "created_at": person.since, **values}
    statement = insert(people).values(row)
    connection.execute(statement.on_conflict_do_update(index_elements=["resident", "role"], set_=values))


def set_person_state(
    connection: Connection, resident: str, roles: Collection[str], state: State, now: datetime, stop_id: str | None
) -> None:
    """Stop these people, or let them be told of again; names and dates stay."""
    mine = (people.c.resident == resident, people.c.role.in_(roles))
    connection.execute(update(people).where(*mine).values(state=state, stop_id=stop_id, changed_at=now))


def _details(person: PersonRecord) -> dict[str, Any]:
    born = person.birth_date.isoformat() if person.birth_date else None
    return {"given_name": person.given_name, "birth_date": born}


def _record(vault: Vault, row: Row[Any]) -> PersonRecord:
    details = json.loads(vault.open(row.details_sealed))
    return PersonRecord(
        role=row.role,
        kind=cast(Kind, row.kind),
        since=row.created_at,
        given_name=details["given_name"],
        birth_date=date.fromisoformat(details["birth_date"]) if details["birth_date"] else None,
        state=cast(State, row.state),
        changed_at=row.changed_at,
        stop_id=row.stop_id,
    )
