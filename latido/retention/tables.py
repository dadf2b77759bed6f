"""The table of what retention has done (migration 0025)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, DateTime, Table, Text

from latido.database import metadata

marks = Table(
    "retention_mark",
    metadata,
    Column("period", Text, primary_key=True),
    Column("read_until", BigInteger, nullable=False, server_default="0", comment="last id a walk has looked at"),
    Column("walk_began_at", DateTime(timezone=True), comment="a walk begins anew now and then, for what was held back"),
    Column("last_at", DateTime(timezone=True), comment="when something was removed last"),
    Column("removed", BigInteger, nullable=False, server_default="0", comment="rows removed or emptied so far"),
    comment="What retention has removed, by period",
)
