"""Where the keys that outlive a secret are kept, sealed under it."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, DateTime, LargeBinary, SmallInteger, Table, func

from latido.database import metadata

lasting_key = Table(
    "lasting_key",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False, comment="always 1: there is one row"),
    Column("keys_sealed", LargeBinary, nullable=False, comment="what names residents and finds documents, encrypted"),
    Column("since", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("id = 1", name="one"),
    comment="Keys that stay when LATIDO_SECRET_KEY is replaced",
)
