"""The list itself: whoever is listed, put together by person, with what is known of each and what came of calls."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection, Row, and_, select
from sqlalchemy.dialects.postgresql import ARRAY

from latido.console.overdue.callers import Callers, Standing, Whom
from latido.console.overdue.tables import calls, claims
from latido.console.tables import operator

# Reminders' table, as far as the list reads it.
reminder = sa.table(
    "reminder",
    *(sa.column(name) for name in ("id", "resident", "role", "group_key", "kind", "name", "service", "state")),
    *(sa.column(name) for name in ("due_at", "not_after", "variables_sealed", "appointment_id", "last_reason")),
    *(sa.column(name) for name in ("message_id", "changed_at", "created_at", "answer")),
    sa.column("codes", ARRAY(sa.Text)),
)
OVERDUE = "overdue"
BOOKABLE = ("checkup", "missed")
# For Latido itself: nobody is to be called for it.
NOT_TO_CALL = ("release",)
MOST = 5000
CLASSES = ("top", "priority", "routine")
FULL_TERM = 40
State = Literal["open", "later", "removed"]
STATES: tuple[State, ...] = ("open", "later", "removed")


@dataclass(frozen=True)
class Due:
    """Why she is listed; `kind`: checkup, missed, or the step's name (unconfirmed, unreached)."""

    id: int
    kind: str
    since: datetime
    until: datetime
    group: str
    sealed: bytes
    appointment: str | None = None

    @property
    def stands(self) -> str | None:
        """The appointment she still has, if it is about one: missed ones are past."""
        return self.appointment if self.kind not in BOOKABLE else None


@dataclass(frozen=True)
class Call:
    """What came of a call; one that was taken back is `undone`."""

    id: int
    at: datetime
    operator_id: int
    by: str
    result: str
    reason: str | None
    note_sealed: bytes | None
    reminders: frozenset[int]
    removes: str
    again_at: datetime | None
    undone: bool


@dataclass(frozen=True)
class Claim:
    """Who calls her just now."""

    operator_id: int
    by: str
    since: datetime
    until: datetime


@dataclass(frozen=True)
class Case:
    """A person of the list. `calls`: newest first, also those of her whole phone that take her off the list."""

    whom: Whom
    dues: tuple[Due, ...]
    standing: Standing
    calls: tuple[Call, ...]
    claim: Claim | None
    state: State
    again_at: datetime | None = None

    @property
    def since(self) -> datetime:
        """Since when the oldest of it is overdue."""
        return min(due.since for due in self.dues)

    @property
    def last_call(self) -> Call | None:
        """The last call that stands."""
        return next((each for each in self.calls if not each.undone), None)

    @property
    def appointments(self) -> tuple[str, ...]:
        """Those that still stand and that she is called about."""
        return tuple(dict.fromkeys(due.stands for due in self.dues if due.stands))

    def is_claimed_by_another(self, operator_id: int) -> bool:
        """Whether somebody else calls her."""
        return self.claim is not None and self.claim.operator_id != operator_id


def all_cases(connection: Connection, callers: Callers, now: datetime, most: int | None = MOST) -> list[Case]:
    """Everybody who is listed, in the order in which to call: class, then weeks, then how long it is overdue."""
    rows = connection.execute(_listed().order_by(reminder.c.due_at).limit(most)).all()
    return sorted(_cases(connection, callers, rows, now), key=order_of)


def find_case(connection: Connection, callers: Callers, whom: Whom, now: datetime) -> Case | None:
    """One person's card; None when nothing of hers is listed."""
    rows = connection.execute(_listed().where(*_of(reminder, whom))).all()
    return next(iter(_cases(connection, callers, rows, now)), None)


def order_of(case: Case) -> tuple[int, int, datetime]:
    """Where she stands. A newborn counts as full term, and less the older it is; who is unknown comes after."""
    known = case.standing
    rank = CLASSES.index(known.priority) if known.priority in CLASSES else len(CLASSES)
    weeks = known.weeks
    if weeks is None and known.age_days is not None:
        weeks = max(0, FULL_TERM - known.age_days // 7)
    return rank, -(weeks if weeks is not None else -1), case.since


def calls_of(connection: Connection, whom: Whom) -> tuple[Call, ...]:
    """Her calls, newest first."""
    return tuple(_calls(connection, calls.c.resident == whom.resident).get(whom, ()))


def claims_of(connection: Connection, operator_id: int, now: datetime) -> list[tuple[Whom, datetime]]:
    """Whom this operator has to herself, since when."""
    mine = (claims.c.operator_id == operator_id, claims.c.until > now)
    rows = connection.execute(select(claims).where(*mine).order_by(claims.c.claimed_at))
    return [(_whom(row), row.claimed_at) for row in rows]


def _listed() -> sa.Select[Any]:
    return select(reminder).where(reminder.c.state == "listed", reminder.c.name.not_in(NOT_TO_CALL))


def _of(table: Any, whom: Whom) -> tuple[ColumnElement[bool], ...]:
    return table.c.resident == whom.resident, table.c.role == whom.role, table.c.service == whom.service


def _whom(row: Row[Any]) -> Whom:
    return Whom(row.resident, row.role, row.service)


def _cases(connection: Connection, callers: Callers, rows: Sequence[Row[Any]], now: datetime) -> list[Case]:
    dues: dict[Whom, list[Due]] = defaultdict(list)
    for row in rows:
        dues[_whom(row)].append(_due(row))
    residents = {whom.resident for whom in dues}
    called = _calls(connection, calls.c.resident.in_(residents))
    claimed = _claims(connection, residents, now)
    standings = callers.standings(connection, dues)
    silent = _not_to_be_called(called)
    return [
        _case(whom, theirs, standings.get(whom, Standing()), called, claimed.get(whom), silent, now)
        for whom, theirs in dues.items()
    ]


def _not_to_be_called(called: Mapping[Whom, Sequence[Call]]) -> frozenset[str]:
    """The phones that nobody is to call any more, whomever of their people it would be about."""
    return frozenset(
        whom.resident
        for whom, theirs in called.items()
        if any(each.removes == "whole_phone" and not each.undone for each in theirs)
    )


def _due(row: Row[Any]) -> Due:
    kind = row.kind if row.name == OVERDUE else row.name
    return Due(row.id, kind, row.due_at, row.not_after, row.group_key, row.variables_sealed, row.appointment_id)


def _case(
    whom: Whom,
    dues: Sequence[Due],
    standing: Standing,
    called: Mapping[Whom, Sequence[Call]],
    claim: Claim | None,
    silent: frozenset[str],
    now: datetime,
) -> Case:
    hers = tuple(called.get(whom, ()))
    stand = [each for each in hers if not each.undone]
    gone_for_good = any(each.removes == "for_good" for each in stand)
    gone_for_good |= whom.resident in silent
    settled = {number for each in stand if each.removes == "this_time" for number in each.reminders}
    left = tuple(due for due in dues if due.id not in settled)
    again_at = stand[0].again_at if stand else None
    if gone_for_good or not left:
        return Case(whom, left or tuple(dues), standing, hers, claim, "removed")
    is_later = again_at is not None and again_at > now
    return Case(whom, left, standing, hers, claim, "later" if is_later else "open", again_at if is_later else None)


def _calls(connection: Connection, condition: ColumnElement[bool]) -> dict[Whom, list[Call]]:
    undo = calls.alias("undo")
    query = (
        select(calls, operator.c.username, undo.c.id.is_not(None).label("undone"))
        .join(operator, operator.c.id == calls.c.operator_id)
        .outerjoin(undo, undo.c.undoes == calls.c.id)
        .where(condition, calls.c.undoes.is_(None))
        .order_by(calls.c.id.desc())
    )
    found: dict[Whom, list[Call]] = defaultdict(list)
    for row in connection.execute(query):
        found[_whom(row)].append(_call(row))
    return found


def _call(row: Row[Any]) -> Call:
    return Call(
        id=row.id,
        at=row.at,
        operator_id=row.operator_id,
        by=row.username,
        result=row.result,
        reason=row.reason,
        note_sealed=row.note_sealed,
        reminders=frozenset(row.reminders),
        removes=row.removes,
        again_at=row.again_at,
        undone=row.undone,
    )


def _claims(connection: Connection, residents: Iterable[str], now: datetime) -> dict[Whom, Claim]:
    live = and_(claims.c.until > now, claims.c.resident.in_(set(residents)))
    query = select(claims, operator.c.username).join(operator, operator.c.id == claims.c.operator_id).where(live)
    return {
        _whom(row): Claim(row.operator_id, row.username, row.claimed_at, row.until) for row in connection.execute(query)
    }
