"""Log-ins that failed, in the audit log: under the operator's name, never under what a stranger typed."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Engine, func, select

from latido.console.audit.log import record
from latido.console.audit.tables import audit_entry
from latido.console.tables import operator

FAILED = "log_in_failed"
MOST_UNKNOWN_AN_HOUR = 60


def record_failure(engine: Engine, username: str) -> None:
    """Note a failed log-in; names that nobody bears up to so many an hour, so that no stranger can fill the log.

    What was typed is not kept: people type passwords and documents there.
    """
    with engine.begin() as connection:
        found = select(operator.c.id).where(operator.c.username == username.strip().lower())
        operator_id = connection.execute(found).scalar()
        recent = select(func.count()).where(
            audit_entry.c.action == FAILED,
            audit_entry.c.operator == "",
            audit_entry.c.at > func.now() - timedelta(hours=1),
        )
        if connection.execute(recent).scalar_one() < MOST_UNKNOWN_AN_HOUR or operator_id is not None:
            record(connection, operator_id, FAILED)
