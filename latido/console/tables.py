"""Tables of the console: who may enter, who is inside, who tried, and who attended to an alert."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
)

from latido.console.roles import ROLES
from latido.database import metadata

operator = Table(
    "operator",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("username", String(40), nullable=False, comment="lower case"),
    Column("password_hash", Text, nullable=False, comment="argon2id, with its parameters"),
    Column("role", String(16), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("last_login_at", DateTime(timezone=True)),
    CheckConstraint("role IN ({})".format(", ".join(f"'{role}'" for role in ROLES)), name="role"),
    UniqueConstraint("username"),
    comment="A person who may enter the console",
)

operator_session = Table(
    "operator_session",
    metadata,
    Column("token_hash", String(64), primary_key=True, comment="SHA-256 of the cookie's random token"),
    Column("operator_id", BigInteger, ForeignKey("operator.id", ondelete="CASCADE"), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("last_seen_at", DateTime(timezone=True), nullable=False, comment="last page she opened; polling is no use"),
    Index(None, "operator_id"),
    comment="A browser that is logged in",
)

login_attempt = Table(
    "login_attempt",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("subject", String(64), nullable=False, comment="keyed hash of the username, with or without the address"),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Index(None, "subject"),
    Index(None, "created_at"),
    comment="Log-ins that failed or are being tried, for minutes only",
)

alert_resolution = Table(
    "alert_resolution",
    metadata,
    Column("alert_id", BigInteger, ForeignKey("alert.id", ondelete="CASCADE"), primary_key=True),
    Column("operator_id", BigInteger, ForeignKey("operator.id"), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    comment="Who marked an alert as seen",
)
