"""What is done to an operator, by another one or by a command: each in the audit log, in the caller's transaction."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from latido.console.account.codes import code_hash, code_matches, new_code
from latido.console.account.halfway import close_halfway
from latido.console.account.second_factor import drop_second_factor
from latido.console.audit.log import record
from latido.console.operators import (
    OperatorRefused,
    add_operator,
    check_role,
    choose_password,
    forget_password,
    operator_called,
)
from latido.console.sessions import end_sessions
from latido.console.tables import first_entry, operator

CODE_LASTS = timedelta(hours=48)


def add(connection: Connection, by: int | None, username: str, role: str, now: datetime) -> str:
    """A new operator, and the code with which she chooses her password, once. Raises OperatorRefused."""
    made = add_operator(connection, username, role)
    code = _entry_code(connection, made, now)
    _note(connection, by, "operator_added", username, role=role)
    return code


def add_with_password(connection: Connection, username: str, role: str, password: str) -> None:
    """A new operator from the command line, who may enter at once. Raises OperatorRefused."""
    choose_password(connection, add_operator(connection, username, role), password)
    _note(connection, None, "operator_added", username, role=role)


def set_password(connection: Connection, username: str, password: str) -> None:
    """Another password from the command line, and every session of hers ends. Raises OperatorRefused."""
    whom = operator_called(connection, username)
    choose_password(connection, whom, password)
    close_halfway(connection, whom)
    _note(connection, None, "password_set", username)


def change_role(connection: Connection, by: int | None, username: str, role: str) -> None:
    """Another role, and every session of hers ends; nobody changes her own. Raises OperatorRefused."""
    check_role(role)
    whom = _another(connection, by, username)
    connection.execute(update(operator).where(operator.c.id == whom).values(role=role))
    _put_out(connection, whom)
    _note(connection, by, "role_changed", username, role=role)


def switch_off(connection: Connection, by: int | None, username: str, now: datetime) -> None:
    """She may not enter any more; she is kept, for the audit names her. Raises OperatorRefused."""
    whom = _another(connection, by, username)
    off = (operator.c.id == whom, operator.c.disabled_at.is_(None))
    connection.execute(update(operator).where(*off).values(disabled_at=now))
    connection.execute(delete(first_entry).where(first_entry.c.operator_id == whom))
    _put_out(connection, whom)
    _note(connection, by, "operator_disabled", username)


def switch_on(connection: Connection, by: int | None, username: str) -> None:
    """She may enter again. Raises OperatorRefused."""
    whom = _another(connection, by, username)
    connection.execute(update(operator).where(operator.c.id == whom).values(disabled_at=None))
    _note(connection, by, "operator_enabled", username)


def give_entry_code(connection: Connection, by: int | None, username: str, now: datetime) -> str:
    """A code to choose a new password with; the old one opens no more and she is put out. Raises OperatorRefused."""
    whom = _another(connection, by, username)
    forget_password(connection, whom)
    _put_out(connection, whom)
    code = _entry_code(connection, whom, now)
    _note(connection, by, "entry_code_given", username)
    return code


def reset_second_factor(connection: Connection, by: int | None, username: str) -> None:
    """Her password alone opens again; every session of hers ends. Raises OperatorRefused."""
    whom = operator_called(connection, username)
    drop_second_factor(connection, whom)
    _put_out(connection, whom)
    _note(connection, by, "second_factor_reset", username)


def enter_first(connection: Connection, username: str, code: str, password: str, now: datetime) -> bool:
    """Choose the password with the code; False for a wrong or old one. Raises OperatorRefused for a short password."""
    found = (
        select(operator.c.id, first_entry.c.code_hash)
        .join(first_entry, first_entry.c.operator_id == operator.c.id)
        .where(operator.c.username == username.strip().lower(), operator.c.disabled_at.is_(None))
        .where(first_entry.c.expires_at > now)
        .with_for_update()
    )
    nobody = _nobody()
    row = connection.execute(found).first()
    # Whoever does not exist takes as long as a wrong code.
    if not code_matches(row.code_hash if row else nobody, code) or row is None:
        return False
    choose_password(connection, row.id, password)
    record(connection, row.id, "password_chosen")
    return True


def _note(connection: Connection, by: int | None, action: str, username: str, **details: object) -> None:
    """Into the audit log; what no operator did came by the command line."""
    how = {} if by is not None else {"through": "command"}
    record(connection, by, action, username.strip().lower(), **details, **how)


def _another(connection: Connection, by: int | None, username: str) -> int:
    whom = operator_called(connection, username)
    if whom == by:
        # So that there is always one left who administers.
        raise OperatorRefused("yourself", "nobody changes her own role or entry: ask another admin")
    return whom


def _entry_code(connection: Connection, operator_id: int, now: datetime) -> str:
    code = new_code()
    values = {"code_hash": code_hash(code), "expires_at": now + CODE_LASTS}
    kept = upsert(first_entry).values(operator_id=operator_id, **values)
    connection.execute(kept.on_conflict_do_update(index_elements=["operator_id"], set_=values))
    return code


def _put_out(connection: Connection, operator_id: int) -> None:
    end_sessions(connection, operator_id)
    close_halfway(connection, operator_id)


@cache
def _nobody() -> str:
    """Checked in place of a code that was never given."""
    return code_hash(new_code())
