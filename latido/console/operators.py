"""Operators and their passwords (argon2id)."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, Engine, delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from latido.console.audit.log import record
from latido.console.roles import ROLES
from latido.console.sessions import end_sessions
from latido.console.tables import first_entry, operator

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 256
DEMO_OPERATOR = "demo"
DEMO_ROLE = "agent"
DEMO_PASSWORD_FILE = "demo-operator-password"

_USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,39}")
_hasher = PasswordHasher()
# Each check takes 64 MiB: two at a time keep a burst of log-ins from taking the machine.
_checking = BoundedSemaphore(2)


class OperatorRefused(Exception):
    """The operator cannot be stored so; the message says why and what to give instead.

    `reason` names it for the console: a word of `operator_refusals` in the labels.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True)
class Operator:
    """A person who may enter the console."""

    id: int
    username: str
    role: str
    created_at: datetime
    last_login_at: datetime | None
    is_disabled: bool = False
    has_second_factor: bool = False


def create_operator(engine: Engine, username: str, password: str, role: str) -> Operator:
    """Store an operator; raises OperatorRefused for a name in use or of the wrong form, a short password, a role."""
    with engine.begin() as connection:
        made = add_operator(connection, username, role, _hashed(password))
    return next(one for one in list_operators(engine) if one.id == made)


def add_operator(connection: Connection, username: str, role: str, password_hash: str | None = None) -> int:
    """Store an operator and return the number; without a password she cannot enter yet. Raises OperatorRefused."""
    name = username.strip().lower()
    if not _USERNAME.fullmatch(name):
        raise OperatorRefused("username", "a username has 2 to 40 letters, digits, dots, hyphens or underscores")
    check_role(role)
    values = {"username": name, "password_hash": password_hash or _unusable(), "role": role}
    stored = upsert(operator).values(values).on_conflict_do_nothing().returning(operator.c.id)
    made = connection.execute(stored).scalar()
    if made is None:
        raise OperatorRefused("taken", f"there is an operator {name} already: choose another name")
    return int(made)


def operator_called(connection: Connection, username: str) -> int:
    """The number of an operator, locked until the transaction ends; raises OperatorRefused when there is none."""
    named = select(operator.c.id).where(operator.c.username == username.strip().lower()).with_for_update()
    found = connection.execute(named).scalar()
    if found is None:
        raise OperatorRefused("nobody", f"there is no operator {username}: `latido operator list` shows them")
    return int(found)


def check_role(role: str) -> None:
    """Raises OperatorRefused for a role that the table does not have."""
    if role not in ROLES:
        raise OperatorRefused("role", f"a role is one of {', '.join(ROLES)}")


def choose_password(connection: Connection, operator_id: int, password: str) -> None:
    """A new password; ends every session and the code of a first entry. Raises OperatorRefused for a short one."""
    new = update(operator).where(operator.c.id == operator_id).values(password_hash=_hashed(password))
    connection.execute(new)
    end_sessions(connection, operator_id)
    connection.execute(delete(first_entry).where(first_entry.c.operator_id == operator_id))


def forget_password(connection: Connection, operator_id: int) -> None:
    """No password opens any more until she chooses one."""
    connection.execute(update(operator).where(operator.c.id == operator_id).values(password_hash=_unusable()))
    end_sessions(connection, operator_id)


def set_password(engine: Engine, username: str, password: str) -> None:
    """Change a password and log the operator out everywhere; raises OperatorRefused when there is none."""
    with engine.begin() as connection:
        choose_password(connection, operator_called(connection, username), password)


def list_operators(engine: Engine) -> list[Operator]:
    """All operators by name."""
    columns = (
        *(operator.c.id, operator.c.username, operator.c.role, operator.c.created_at, operator.c.last_login_at),
        *(operator.c.disabled_at.is_not(None), operator.c.second_factor_sealed.is_not(None)),
    )
    with engine.connect() as connection:
        rows = connection.execute(select(*columns).order_by(operator.c.username)).all()
    return [Operator(*row) for row in rows]


def verify(engine: Engine, username: str, password: str) -> int | None:
    """The operator's id, or None; an unknown name, or one switched off, takes as long as a wrong password."""
    nobody = _nobody()  # before it is known whether she exists: the first one to try waits longer, whoever it is
    with engine.connect() as connection:
        row = connection.execute(
            select(operator.c.id, operator.c.password_hash, operator.c.disabled_at).where(
                operator.c.username == username.strip().lower()
            )
        ).first()
    right = _matches(row.password_hash if row else nobody, password[:LONGEST_PASSWORD])
    if row is None or not right or row.disabled_at is not None:
        return None
    if _hasher.check_needs_rehash(row.password_hash):
        with engine.begin() as connection:
            connection.execute(update(operator).where(operator.c.id == row.id).values(password_hash=_hashed(password)))
    return int(row.id)


def ensure_demo_operator(engine: Engine, data_dir: Path) -> tuple[str, str]:
    """The demo operator's name and password; the password is random and kept in the data dir for its owner alone."""
    password = _demo_password(data_dir / DEMO_PASSWORD_FILE)
    if verify(engine, DEMO_OPERATOR, password) is not None:
        return DEMO_OPERATOR, password
    is_known = any(one.username == DEMO_OPERATOR for one in list_operators(engine))
    with engine.begin() as connection:
        if is_known:
            choose_password(connection, operator_called(connection, DEMO_OPERATOR), password)
        else:
            add_operator(connection, DEMO_OPERATOR, DEMO_ROLE, _hashed(password))
        record(connection, None, "password_set" if is_known else "operator_added", DEMO_OPERATOR, through="command")
    return DEMO_OPERATOR, password


def _demo_password(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and (kept := path.read_text(encoding="ascii").strip()):
        return kept
    path.touch(mode=0o600)
    path.chmod(0o600)
    password = "-".join(secrets.token_hex(2) for _ in range(4))
    path.write_text(password + "\n", encoding="ascii")
    return password


@cache
def _nobody() -> str:
    """Checked in place of an operator who does not exist, so that both answers take as long."""
    return _unusable()


def _unusable() -> str:
    return _hasher.hash(secrets.token_urlsafe(32))


def _hashed(password: str) -> str:
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise OperatorRefused("password", f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} signs")
    return _hasher.hash(password)


def _matches(password_hash: str, password: str) -> bool:
    with _checking:
        try:
            return _hasher.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False
