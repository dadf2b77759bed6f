"""Tables of campaigns: what is to be said to whom, who approved it, and what became of each recipient."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID

from latido.database import metadata
from latido.messaging.tables import KEY_LENGTH

LIVE = ("approved", "running", "paused")
WAITING = ("pending", "claimed", "queued")


def _moment(name: str, required: bool = False, comment: str | None = None) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=not required, comment=comment)


def _operator(name: str, required: bool = False) -> Column[object]:
    return Column(name, BigInteger, ForeignKey("operator.id"), nullable=not required)


campaign = Table(
    "campaign",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("name", Text, nullable=False, comment="for operators; residents never see it"),
    Column("segment", JSONB, nullable=False, comment="whom it is for; no resident is named"),
    Column("template", Text, nullable=False),
    Column("variables", JSONB, nullable=False, comment="what the message says by name; nothing of a resident"),
    Column("daily_cap", Integer, nullable=False, comment="messages a day at most"),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("state", Text, nullable=False),
    Column("revision", Integer, nullable=False, server_default="1", comment="who approves says which one was read"),
    Column("preview", JSONB, comment="the last counts: numbers alone"),
    Column("reason", Text, comment="why it was rejected, cancelled or paused"),
    _operator("made_by", required=True),
    _operator("proposed_by"),
    _operator("approved_by"),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    _moment("proposed_at"),
    _moment("approved_at"),
    _moment("started_at", comment="when the list of recipients was fixed"),
    _moment("ended_at"),
    _moment("changed_at", required=True),
    CheckConstraint(
        "state IN ('draft', 'proposed', 'approved', 'running', 'paused', 'done', 'cancelled', 'rejected')", name="state"
    ),
    CheckConstraint("daily_cap BETWEEN 1 AND 100000", name="daily_cap"),
    CheckConstraint("first_day <= last_day", name="days"),
    # Whoever made or proposed it never approves it, whatever the code does.
    CheckConstraint(
        "approved_by IS NULL OR (approved_by <> made_by AND approved_by <> proposed_by)", name="two_people"
    ),
    CheckConstraint(
        "state NOT IN ('approved', 'running', 'paused', 'done') OR "
        "(proposed_by IS NOT NULL AND approved_by IS NOT NULL AND approved_at IS NOT NULL)",
        name="approved",
    ),
    Index("ix_campaign_live", "id", postgresql_where=text("state IN ('approved', 'running', 'paused')")),
    comment="One notice for a segment of residents",
)

recipient = Table(
    "campaign_recipient",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("campaign_id", BigInteger, ForeignKey("campaign.id", ondelete="CASCADE"), nullable=False),
    Column("resident", String(KEY_LENGTH), ForeignKey("resident.key", ondelete="CASCADE"), nullable=False),
    Column("role", Text, nullable=False, comment="which of her people it is about"),
    Column("service", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, comment="why it is as it is; no personal data"),
    _moment("due_at", required=True),
    Column("attempts", SmallInteger, nullable=False, server_default="0"),
    _moment("lease_until"),
    Column("lease_token", UUID(as_uuid=True)),
    Column("message_id", BigInteger, comment="the message that says it"),
    Column("counted_on", Date, comment="on which local day it counts towards the cap"),
    _moment("sent_at"),
    Column("answer", Text, comment="the last button she tapped"),
    _moment("answered_at"),
    _moment("changed_at", required=True),
    CheckConstraint("state IN ('pending', 'claimed', 'queued', 'sent', 'failed', 'skipped')", name="state"),
    UniqueConstraint("campaign_id", "resident"),
    Index("ix_campaign_recipient_resident", "resident"),
    Index("ix_campaign_recipient_pending", "campaign_id", "due_at", "id", postgresql_where=text("state = 'pending'")),
    Index(
        "ix_campaign_recipient_outcome",
        "campaign_id",
        "changed_at",
        postgresql_where=text("state IN ('sent', 'failed')"),
    ),
    Index(
        "ix_campaign_recipient_unsettled",
        "message_id",
        postgresql_where=text("message_id IS NOT NULL AND state NOT IN ('sent', 'failed')"),
    ),
    Index("ix_campaign_recipient_under_way", "lease_until", postgresql_where=text("state IN ('claimed', 'queued')")),
    Index("ix_campaign_recipient_day", "campaign_id", "counted_on", postgresql_where=text("counted_on IS NOT NULL")),
    comment="Who is to get a campaign's notice, fixed when it starts, and what became of it",
)
