"""Tables of the overdue list: who calls whom just now, and what came of each call."""

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
)
from sqlalchemy.dialects.postgresql import ARRAY

from latido.database import metadata
from latido.messaging.tables import KEY_LENGTH


def _whom(primary_key: bool = False) -> tuple[Column[object], ...]:
    of_phone = ForeignKey("resident.key", ondelete="CASCADE")
    return (
        Column("resident", String(KEY_LENGTH), of_phone, nullable=False, primary_key=primary_key),
        Column("role", Text, nullable=False, primary_key=primary_key, comment="which of her people"),
        Column("service", Text, nullable=False, primary_key=primary_key),
    )


claims = Table(
    "overdue_claim",
    metadata,
    *_whom(primary_key=True),
    Column("operator_id", BigInteger, ForeignKey("operator.id"), nullable=False),
    Column("claimed_at", DateTime(timezone=True), nullable=False),
    Column("until", DateTime(timezone=True), nullable=False, comment="then another one may call"),
    Index("ix_overdue_claim_operator", "operator_id"),
    comment="Who calls whom just now",
)

calls = Table(
    "overdue_call",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    *_whom(),
    Column("operator_id", BigInteger, ForeignKey("operator.id"), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("token", String(32), nullable=False, comment="of the form: sent twice it is one call"),
    Column("result", Text, nullable=False, comment="of data/reminders/calls.yml, or undone"),
    Column("reason", Text),
    Column("note_sealed", LargeBinary, comment="the operator's words"),
    Column("reminders", ARRAY(BigInteger), nullable=False, comment="what was overdue then"),
    Column("removes", Text, nullable=False),
    Column("again_at", DateTime(timezone=True), comment="hidden until then"),
    Column("undoes", BigInteger, ForeignKey("overdue_call.id", ondelete="CASCADE"), comment="the call it takes back"),
    CheckConstraint("removes IN ('no', 'this_time', 'for_good', 'whole_phone')", name="removes"),
    CheckConstraint("(result = 'undone') = (undoes IS NOT NULL)", name="undone"),
    UniqueConstraint("token"),
    UniqueConstraint("undoes"),
    Index("ix_overdue_call_whom", "resident", "role", "service", "id"),
    comment="What came of each call: only added to; what was written by mistake is taken back by another row",
)
