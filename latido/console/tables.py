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
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
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
    Column("disabled_at", DateTime(timezone=True), comment="may not enter any more; kept, for the audit names her"),
    Column("second_factor_sealed", LargeBinary, comment="the secret of her one-time codes (RFC 6238), encrypted"),
    Column("second_factor_step", BigInteger, comment="of the last code taken: none up to it is taken again"),
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
    Column("device", String(60), nullable=False, server_default="", comment="browser and system, in words"),
    Index(None, "operator_id"),
    comment="A browser that is logged in",
)

operator_halfway = Table(
    "operator_halfway",
    metadata,
    Column("token_hash", String(64), primary_key=True, comment="SHA-256 of the cookie's random token"),
    Column("operator_id", BigInteger, ForeignKey("operator.id", ondelete="CASCADE"), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Index(None, "operator_id"),
    comment="A browser that gave the right password and owes the second factor",
)

recovery_code = Table(
    "recovery_code",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("operator_id", BigInteger, ForeignKey("operator.id", ondelete="CASCADE"), nullable=False),
    Column("code_hash", Text, nullable=False, comment="argon2id"),
    Column("used_at", DateTime(timezone=True)),
    Index(None, "operator_id"),
    comment="What opens once when the telephone with the one-time codes is lost",
)

first_entry = Table(
    "first_entry",
    metadata,
    Column("operator_id", BigInteger, ForeignKey("operator.id", ondelete="CASCADE"), primary_key=True),
    Column("code_hash", Text, nullable=False, comment="argon2id"),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    comment="A code with which an operator chooses her password, once",
)

canned_reply = Table(
    "canned_reply",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("operator_id", BigInteger, ForeignKey("operator.id", ondelete="CASCADE"), comment="none: the whole team's"),
    Column("word", String(24), nullable=False, comment="what is typed after a slash"),
    Column("text", Text, nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index("uq_canned_reply_team", "word", unique=True, postgresql_where=text("operator_id IS NULL")),
    Index("uq_canned_reply_own", "operator_id", "word", unique=True, postgresql_where=text("operator_id IS NOT NULL")),
    comment="Replies that operators keep; those of data/console/replies.yml come besides",
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
