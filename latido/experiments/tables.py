"""Tables of comparing: who was told which wording, what followed, and which arms were stopped (migration 0017)."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from latido.database import metadata
from latido.messaging.tables import KEY_LENGTH

_MOMENT = DateTime(timezone=True)

exposures = Table(
    "reminder_exposure",
    metadata,
    Column("experiment", Text, primary_key=True),
    Column("resident", String(KEY_LENGTH), ForeignKey("resident.key", ondelete="CASCADE"), primary_key=True),
    Column("arm", Text, nullable=False, comment="hers for as long as it runs"),
    Column("first_at", _MOMENT, nullable=False, comment="when the first message of it was queued"),
    Column("reminder_id", BigInteger, ForeignKey("reminder.id", ondelete="CASCADE"), nullable=False),
    Column("fell_back", Boolean, nullable=False, comment="told the plain wording: not every arm's was approved"),
    Column("booked_at", _MOMENT, comment="when what it asked her to book was booked"),
    Column("attended_at", _MOMENT, comment="when she, or whom it is for, was at such a visit"),
    Column("looked_at", _MOMENT, comment="when the health service was last asked for visits"),
    Index(None, "resident"),
    Index(None, "reminder_id"),
    Index("ix_reminder_exposure_looked_at", "looked_at"),
    comment="Which wording a resident was told first, and what followed",
)

arms = Table(
    "reminder_arm",
    metadata,
    Column("experiment", Text, primary_key=True),
    Column("arm", Text, primary_key=True),
    Column("forgotten", Integer, nullable=False, server_default="0", comment="asked to be forgotten after it: a count"),
    Column("stopped_at", _MOMENT, comment="told to nobody else from then on"),
    Column("stopped_why", Text, comment="the rule"),
    Column("proposed_at", _MOMENT, comment="when operators were told that it seems better"),
    CheckConstraint("(stopped_at IS NULL) = (stopped_why IS NULL)", name="stopped"),
    comment="What became of an experiment's arms",
)
