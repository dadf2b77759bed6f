"""Looking entries of the audit log up: by operator, action and day, newest first, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from latido.console.audit.tables import audit_entry
from latido.console.showing import BUENOS_AIRES

PAGE = 50


@dataclass(frozen=True)
class Wanted:
    """Which entries; what is empty or None does not restrict. `day` is one of Buenos Aires."""

    operator: str = ""
    action: str = ""
    subject: str = ""
    day: date | None = None
    before: int | None = None


@dataclass(frozen=True)
class EntryPage:
    """One page; `older` is where the next one begins, None at the end."""

    entries: tuple[Row[Any], ...]
    older: int | None


def entry_page(connection: Connection, wanted: Wanted, size: int = PAGE) -> EntryPage:
    """The entries, newest first."""
    query = entries_for(wanted).order_by(audit_entry.c.id.desc()).limit(size + 1)
    if wanted.before is not None:
        query = query.where(audit_entry.c.id < wanted.before)
    rows = connection.execute(query).all()
    return EntryPage(tuple(rows[:size]), rows[size - 1].id if len(rows) > size else None)


def entries_for(wanted: Wanted) -> Select[Any]:
    """The entries of every page, in no order."""
    query = select(audit_entry)
    for column, value in (("operator", wanted.operator), ("action", wanted.action), ("subject", wanted.subject)):
        if value:
            query = query.where(audit_entry.c[column] == value)
    if wanted.day is not None:
        start = datetime.combine(wanted.day, time(), BUENOS_AIRES)
        query = query.where(audit_entry.c.at >= start, audit_entry.c.at < start + timedelta(days=1))
    return query


def names_in(connection: Connection) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The operators and the actions that the log knows, each in order."""
    columns = (audit_entry.c.operator, audit_entry.c.action)
    operators, actions = (
        connection.execute(select(column).distinct().order_by(column)).scalars() for column in columns
    )
    return tuple(name for name in operators if name), tuple(actions)
