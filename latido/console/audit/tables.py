"""The table of the audit log, which the database lets grow and nothing else.

The triggers are declared here as in migration 0016, so that a schema made from the declared tables has them too.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import BigInteger, Column, Connection, DateTime, Index, String, Table, Text, UniqueConstraint, event
from sqlalchemy.dialects.postgresql import JSONB

from latido.database import metadata

audit_entry = Table(
    "audit_entry",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False, comment="one after the other, without a gap"),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("operator_id", BigInteger, comment="none: somebody who is not inside, or a command"),
    Column("operator", Text, nullable=False, comment="the name she had then"),
    Column("action", Text, nullable=False),
    Column("subject", Text, comment="the resident's key, or what else it was about"),
    Column("details", JSONB, nullable=False, comment="no personal data"),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False, comment="SHA-256 of all of the row but itself"),
    UniqueConstraint("previous_hash"),
    Index("ix_audit_entry_operator", "operator", "id"),
    Index("ix_audit_entry_action", "action", "id"),
    Index("ix_audit_entry_at", "at"),
    comment="What operators did, chained: append-only",
)

_REFUSE = """
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE insufficient_privilege USING MESSAGE = 'the audit log is append-only: ' || TG_OP || ' refused';
END $$
"""
_NO_CHANGE = """
CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit_entry
FOR EACH ROW EXECUTE FUNCTION audit_refuse()
"""
_NO_TRUNCATE = """
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit_entry
FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()
"""


def _run(*statements: str) -> Callable[..., None]:
    def run(target: object, connection: Connection, **_: object) -> None:
        for statement in statements:
            connection.exec_driver_sql(statement)

    return run


event.listen(audit_entry, "after_create", _run(_REFUSE, _NO_CHANGE, _NO_TRUNCATE))
event.listen(audit_entry, "after_drop", _run("DROP FUNCTION audit_refuse()"))
