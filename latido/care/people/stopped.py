"""Whether something may still be written to a resident about one of her people. Asked when it is written, never before.

A loss and a birth end a pregnancy, a loss stops a child; from then on Latido says nothing of it unasked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Connection,
    DateTime,
    bindparam,
    exists,
    false,
    func,
    literal,
    null,
    select,
    union_all,
)

from latido.care.fhir_names import PRENATAL
from latido.care.people.tables import people, pregnancies


def is_stopped(
    connection: Connection, resident: str, role: str, service: str | None, since: datetime | None = None
) -> bool:
    """Whether nothing more is to be said of this person and service unasked.

    `since`: when she asked for what would be said; what she asks for after a pregnancy ended is hers again.
    """
    return read_stops(connection, resident).hold_for(role, service, since)


@dataclass(frozen=True)
class Stops:
    """Of all people of a resident: who is stopped; when the last pregnancy of each ended, and who is pregnant."""

    stopped: frozenset[str]
    ended: Mapping[str, datetime]
    pregnant: frozenset[str]

    def hold_for(self, role: str, service: str | None, since: datetime | None = None) -> bool:
        """As `is_stopped`."""
        if role in self.stopped:
            return True
        ended_at = self.ended.get(role)
        if service not in (PRENATAL, None) or ended_at is None:
            return False
        return ended_at >= since if since is not None else role not in self.pregnant


def read_stops(connection: Connection, resident: str) -> Stops:
    """What holds for each of her people, in one statement: asked anew whenever something is to be written."""
    rows = connection.execute(_stops(), {"whose": resident}).all()
    return Stops(
        frozenset(row.role for row in rows if row.what == "stop"),
        {row.role: row.ended_at for row in rows if row.ended_at is not None},
        frozenset(row.role for row in rows if row.goes_on),
    )


@cache
def _stops() -> CompoundSelect[Any]:
    """Made once: the check before every reminder asks it."""
    whose: BindParameter[str] = bindparam("whose")
    nothing = (null().cast(DateTime(timezone=True)).label("ended_at"), false().label("goes_on"))
    stopped = select(people.c.role, *nothing).where(people.c.resident == whose, people.c.state == "stopped")
    last, goes_on = func.max(pregnancies.c.ended_at), func.bool_or(pregnancies.c.state == "ongoing")
    mine = pregnancies.c.resident == whose
    spans = select(pregnancies.c.role, last, goes_on).where(mine).group_by(pregnancies.c.role)
    labelled = [each.add_columns(literal(name).label("what")) for name, each in (("stop", stopped), ("span", spans))]
    return union_all(*labelled)


def stopped_since(
    resident: ColumnElement[str],
    patient_key: ColumnElement[str],
    service: ColumnElement[str],
    moment: ColumnElement[datetime],
) -> ColumnElement[bool]:
    """In SQL, for a row of one of her people: whether she was stopped, or her pregnancy ended then or later."""
    ended = exists().where(
        service == PRENATAL,
        pregnancies.c.resident == resident,
        patient_key == resident + ":" + pregnancies.c.role,
        pregnancies.c.ended_at >= moment,
    )
    stopped = exists().where(
        people.c.resident == resident, patient_key == resident + ":" + people.c.role, people.c.state == "stopped"
    )
    return ended | stopped
