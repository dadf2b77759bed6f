"""The table of pictures."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
)

from latido.database import metadata
from latido.messaging.tables import KEY_LENGTH

picture = Table(
    "picture",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("resident", String(KEY_LENGTH), ForeignKey("resident.key", ondelete="CASCADE"), nullable=False),
    Column("made_for", Text, nullable=False, comment="the request it answers: asked twice, it is one"),
    Column("content_sealed", LargeBinary, nullable=False, comment="the PNG, encrypted"),
    Column("token_hash", String(64), nullable=False, comment="SHA-256 of the token in its address"),
    Column("token_sealed", LargeBinary, nullable=False, comment="the token, for the one who sends the address"),
    Column("expires_at", DateTime(timezone=True), comment="until when it may be fetched; none: not sent yet"),
    Column("fetched", SmallInteger, nullable=False, server_default="0"),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    UniqueConstraint("resident", "made_for"),
    UniqueConstraint("token_hash"),
    Index("ix_picture_created_at", "created_at"),
    comment="Pictures on their way to WhatsApp; forgotten within hours",
)
