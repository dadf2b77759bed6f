"""What operators add to a conversation: tags, and notes of which every wording is kept (migration 0022)."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    String,
    Table,
    UniqueConstraint,
    delete,
    func,
)

from latido.database import metadata
from latido.messaging.tables import KEY_LENGTH

tags = Table(
    "conversation_tag",
    metadata,
    Column("resident", String(KEY_LENGTH), ForeignKey("resident.key", ondelete="CASCADE"), primary_key=True),
    Column("tag", String(24), primary_key=True, comment="lower case"),
    Column("operator_id", BigInteger, ForeignKey("operator.id"), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Index(None, "tag"),
    comment="Words by which operators sort conversations",
)

notes = Table(
    "conversation_note",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("resident", String(KEY_LENGTH), ForeignKey("resident.key", ondelete="CASCADE"), nullable=False),
    Column("operator_id", BigInteger, ForeignKey("operator.id"), nullable=False),
    Column(
        "replaces", BigInteger, ForeignKey("conversation_note.id", ondelete="CASCADE"), comment="its wording before"
    ),
    Column("note_sealed", LargeBinary, nullable=False, comment="encrypted: may tell of health; empty: taken back"),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    UniqueConstraint("replaces"),
    Index("ix_conversation_note_resident_id", "resident", "id"),
    comment="What operators tell each other of a conversation: only added to, another wording is another row",
)


def forget_remarks(connection: Connection, key: str) -> None:
    """Remove all tags and notes of a resident."""
    for table in (tags, notes):
        connection.execute(delete(table).where(table.c.resident == key))
