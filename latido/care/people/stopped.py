"""Whether something may still be written to a resident about one of her people. Asked when it is written, never before.

A loss and a birth end a pregnancy, a loss stops a child; from then on Latido says nothing of it unasked.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, exists, func, select

from latido.care.fhir_names import PRENATAL
from latido.care.people.tables import people, pregnancies


def is_stopped(
    connection: Connection, resident: str, role: str, service: str | None, since: datetime | None = None
) -> bool:
    """Whether nothing more is to be said of this person and service unasked.

    `since`: when she asked for what would be said; what she asks for after a pregnancy ended is hers again.
    """
    this = (people.c.resident == resident, people.c.role == role, people.c.state == "stopped")
    if connection.execute(select(people.c.id).where(*this)).first():
        return True
    if service not in (PRENATAL, None):
        return False
    mine = (pregnancies.c.resident == resident, pregnancies.c.role == role)
    query = select(func.max(pregnancies.c.ended_at), func.bool_or(pregnancies.c.state == "ongoing")).where(*mine)
    ended_at, goes_on = connection.execute(query).one()
    if ended_at is None:
        return False
    return ended_at >= since if since is not None else not goes_on


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
