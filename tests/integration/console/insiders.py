"""Operators who are inside already: what hundreds of tests begin with. test_entering tries the door itself."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

from argon2 import PasswordHasher
from sqlalchemy import Engine, select

from latido.console.audit.log import record
from latido.console.operators import add_operator
from latido.console.sessions import open_session
from latido.console.tables import operator
from latido.console.visits import SESSION_COOKIE
from tests.integration.console.visitor import PASSWORD, Visitor


@cache
def _hashed() -> str:
    """A hash takes a fifth of a second of a processor, on purpose: one for all operators of a run."""
    return PasswordHasher().hash(PASSWORD)


def works_here(engine: Engine, name: str, role: str) -> int:
    """An operator with the password of all tests; her number."""
    with engine.begin() as connection:
        return add_operator(connection, name, role, _hashed())


def inside(base: str, engine: Engine, name: str, now: datetime | None = None) -> Visitor:
    """The browser of an operator who has just logged in."""
    visitor = Visitor(base)
    with engine.begin() as connection:
        number = connection.execute(select(operator.c.id).where(operator.c.username == name)).scalar_one()
        record(connection, number, "logged_in")
    token = open_session(engine, number, now or datetime.now(UTC))
    visitor.http.cookies.set(SESSION_COOKIE, token, domain="127.0.0.1", path="/console")
    return visitor
