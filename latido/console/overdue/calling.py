"""Who calls writes here: takes a person to herself, writes down what came of it, takes the last result back.

Every step is one transaction under a lock of that person, so that two operators never call the same one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, select, text, tuple_
from sqlalchemy.dialects.postgresql import insert as upsert

from latido.console.audit.log import record
from latido.console.overdue.callers import Whom
from latido.console.overdue.cases import Call, calls_of
from latido.console.overdue.rules import NO_ANSWER, CallRules, Result, outcome_of
from latido.console.overdue.tables import calls, claims
from latido.console.tables import operator
from latido.crypto import Vault


class NotYours(Exception):
    """Another operator calls her just now: `holder` is her name."""

    def __init__(self, holder: str) -> None:
        super().__init__("another operator has this person: wait until the lease is over")
        self.holder = holder


class NothingToUndo(Exception):
    """The last result is not hers, is too old, or cannot be taken back."""


@dataclass(frozen=True)
class Ended:
    """What the operator says of a call. `token` names the form: sent twice it counts once."""

    token: str
    result: Result
    reason: str | None = None
    moment: datetime | None = None
    note: str = ""
    reminders: frozenset[int] = field(default_factory=frozenset)
    appointments: tuple[str, ...] = ()


def lock(connection: Connection, whom: Whom) -> None:
    """Nobody else writes of this person until the transaction ends."""
    name = {"name": f"overdue:{whom.resident}:{whom.role}:{whom.service}"}
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 6))"), name)


def claim(connection: Connection, whom: Whom, operator_id: int, rules: CallRules, now: datetime) -> None:
    """She calls her: nobody else may for a while; again, it lasts longer. NotYours."""
    refuse_if_taken(connection, whom, operator_id, now)
    kept = _claim_of(connection, whom)
    since = kept.claimed_at if kept and kept.operator_id == operator_id and kept.until > now else now
    values = {"operator_id": operator_id, "claimed_at": since, "until": now + rules.lease}
    row = {"resident": whom.resident, "role": whom.role, "service": whom.service, **values}
    connection.execute(upsert(claims).values(row).on_conflict_do_update(index_elements=list(_KEY), set_=values))
    _forget_old(connection, now - rules.lease)


def let_go(connection: Connection, whom: Whom, operator_id: int) -> None:
    """She does not call her now."""
    lock(connection, whom)
    connection.execute(delete(claims).where(*_mine(whom), claims.c.operator_id == operator_id))


def refuse_if_taken(connection: Connection, whom: Whom, operator_id: int, now: datetime) -> None:
    """Lock her; NotYours when another operator has her."""
    lock(connection, whom)
    found = _claim_of(connection, whom)
    if found is not None and found.operator_id != operator_id and found.until > now:
        raise NotYours(found.username)


def note_call(
    connection: Connection, vault: Vault, whom: Whom, operator_id: int, ended: Ended, rules: CallRules, now: datetime
) -> bool:
    """Write down what came of the call and let her go; False when this form was written down before. NotYours."""
    refuse_if_taken(connection, whom, operator_id, now)
    if connection.execute(select(calls.c.id).where(calls.c.token == ended.token)).first():
        return False
    moment = ended.moment if ended.result.asks == "moment" else now
    follows = outcome_of(rules, ended.result, ended.reason, moment, _unanswered(connection, whom, ended, now))
    values = {
        "resident": whom.resident,
        "role": whom.role,
        "service": whom.service,
        "operator_id": operator_id,
        "at": now,
        "token": ended.token,
        "result": ended.result.name,
        "reason": follows.reason,
        "note_sealed": vault.seal(ended.note) if ended.note else None,
        "reminders": sorted(ended.reminders),
        "removes": follows.removes,
        "again_at": follows.again_at,
    }
    connection.execute(insert(calls).values(values))
    connection.execute(delete(claims).where(*_mine(whom)))
    record(connection, operator_id, "call_noted", whom.resident, result=ended.result.name, removes=follows.removes)
    return True


def take_back(
    connection: Connection, whom: Whom, operator_id: int, token: str, rules: CallRules, now: datetime
) -> None:
    """The last result is as if it had not been; both rows stay. NothingToUndo, NotYours."""
    refuse_if_taken(connection, whom, operator_id, now)
    last = next((each for each in calls_of(connection, whom) if not each.undone), None)
    if last is None or not may_take_back(last, operator_id, rules, now):
        raise NothingToUndo("the last result is another operator's, too old, or final")
    values = {"resident": whom.resident, "role": whom.role, "service": whom.service, "operator_id": operator_id}
    values |= {"at": now, "token": token, "result": "undone", "reminders": [], "removes": "no", "undoes": last.id}
    connection.execute(insert(calls).values(values))
    record(connection, operator_id, "call_undone", whom.resident, result=last.result)


def may_take_back(call: Call, operator_id: int, rules: CallRules, now: datetime) -> bool:
    """Whether this operator may still take this result back."""
    known = rules.results.get(call.result)
    is_final = known is None or known.final
    return not is_final and call.operator_id == operator_id and now - call.at <= rules.undo


def _forget_old(connection: Connection, before: datetime) -> None:
    """Claims that ended long ago; those that somebody is writing just now are left."""
    whom = tuple_(*(claims.c[name] for name in _KEY))
    over = select(*(claims.c[name] for name in _KEY)).where(claims.c.until < before).with_for_update(skip_locked=True)
    connection.execute(delete(claims).where(whom.in_(over)))


_KEY = ("resident", "role", "service")


def _mine(whom: Whom) -> tuple[ColumnElement[bool], ...]:
    return claims.c.resident == whom.resident, claims.c.role == whom.role, claims.c.service == whom.service


def _claim_of(connection: Connection, whom: Whom) -> Row[Any] | None:
    query = select(claims, operator.c.username).join(operator, operator.c.id == claims.c.operator_id)
    return connection.execute(query.where(*_mine(whom))).first()


def _unanswered(connection: Connection, whom: Whom, ended: Ended, now: datetime) -> list[datetime]:
    """The calls in a row that nobody answered, with this one."""
    if ended.result.name != NO_ANSWER:
        return []
    found = [now]
    for each in calls_of(connection, whom):
        if each.undone:
            continue
        if each.result != NO_ANSWER or each.removes != "no":
            break
        found.append(each.at)
    return found
