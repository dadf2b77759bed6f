"""Campaigns: a segment, a template, who approved it, and who was written to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, UUID
from sqlalchemy.schema import SchemaItem

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
LIVE_MESSAGE = "campaign_recipient_id IS NOT NULL AND state IN ('queued', 'sending', 'unknown', 'handed_over')"


def upgrade() -> None:
    """Two tables, and the recipient a message is for."""
    create_campaign()
    create_recipient()
    comment = "outbound: the recipient of a campaign it is for"
    op.add_column("message", sa.Column("campaign_recipient_id", sa.BigInteger(), comment=comment))
    op.create_foreign_key(
        "fk_message_campaign_recipient_id_campaign_recipient",
        "message",
        "campaign_recipient",
        ["campaign_recipient_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.create_index(
        "ix_message_campaign_recipient",
        "message",
        ["campaign_recipient_id"],
        postgresql_where="campaign_recipient_id IS NOT NULL",
    )
    op.create_index(
        "uq_message_campaign_recipient_live",
        "message",
        ["campaign_recipient_id"],
        unique=True,
        postgresql_where=LIVE_MESSAGE,
    )


def create_campaign() -> None:
    """One row a campaign; who made or proposed it never approves it."""
    op.create_table(
        "campaign",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="for operators; residents never see it"),
        sa.Column("segment", JSONB(), nullable=False, comment="whom it is for; no resident is named"),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("variables", JSONB(), nullable=False, comment="what the message says by name; nothing of a resident"),
        sa.Column("daily_cap", sa.Integer(), nullable=False, comment="messages a day at most"),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column(
            "revision", sa.Integer(), nullable=False, server_default="1", comment="who approves says which one was read"
        ),
        sa.Column("preview", JSONB(), comment="the last counts: numbers alone"),
        sa.Column("reason", sa.Text(), comment="why it was rejected, cancelled or paused"),
        *_people_and_moments(),
        sa.CheckConstraint(
            "state IN ('draft', 'proposed', 'approved', 'running', 'paused', 'done', 'cancelled', 'rejected')",
            name="ck_campaign_state",
        ),
        sa.CheckConstraint("daily_cap BETWEEN 1 AND 100000", name="ck_campaign_daily_cap"),
        sa.CheckConstraint("first_day <= last_day", name="ck_campaign_days"),
        sa.CheckConstraint(
            "approved_by IS NULL OR (approved_by <> made_by AND approved_by <> proposed_by)",
            name="ck_campaign_two_people",
        ),
        sa.CheckConstraint(
            "state NOT IN ('approved', 'running', 'paused', 'done') OR "
            "(proposed_by IS NOT NULL AND approved_by IS NOT NULL AND approved_at IS NOT NULL)",
            name="ck_campaign_approved",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_campaign"),
        comment="One notice for a segment of residents",
    )
    op.create_index(
        "ix_campaign_live", "campaign", ["id"], postgresql_where="state IN ('approved', 'running', 'paused')"
    )


def _people_and_moments() -> list[SchemaItem]:
    people = ("made_by", "proposed_by", "approved_by")
    return [
        *(sa.Column(name, sa.BigInteger(), nullable=name != "made_by") for name in people),
        *(sa.ForeignKeyConstraint([name], ["operator.id"], name=f"fk_campaign_{name}_operator") for name in people),
        sa.Column("created_at", MOMENT, nullable=False, server_default=sa.func.now()),
        sa.Column("proposed_at", MOMENT),
        sa.Column("approved_at", MOMENT),
        sa.Column("started_at", MOMENT, comment="when the list of recipients was fixed"),
        sa.Column("ended_at", MOMENT),
        sa.Column("changed_at", MOMENT, nullable=False),
    ]


def create_recipient() -> None:
    """One row a campaign and resident."""
    op.create_table(
        "campaign_recipient",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("campaign_id", sa.BigInteger(), nullable=False),
        sa.Column("resident", sa.String(32), nullable=False),
        sa.Column("role", sa.Text(), nullable=False, comment="which of her people it is about"),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), comment="why it is as it is; no personal data"),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False, server_default="0"),
        sa.Column("lease_until", MOMENT),
        sa.Column("lease_token", UUID(as_uuid=True)),
        sa.Column("message_id", sa.BigInteger(), comment="the message that says it"),
        sa.Column("counted_on", sa.Date(), comment="on which local day it counts towards the cap"),
        sa.Column("sent_at", MOMENT),
        sa.Column("answer", sa.Text(), comment="the last button she tapped"),
        sa.Column("answered_at", MOMENT),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "state IN ('pending', 'claimed', 'queued', 'sent', 'failed', 'skipped')", name="ck_campaign_recipient_state"
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name="fk_campaign_recipient_campaign_id_campaign", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["resident"], ["resident.key"], name="fk_campaign_recipient_resident_resident", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_campaign_recipient"),
        sa.UniqueConstraint("campaign_id", "resident", name="uq_campaign_recipient_campaign_id_resident"),
        comment="Who is to get a campaign's notice, fixed when it starts, and what became of it",
    )
    for name, columns, where in (
        ("ix_campaign_recipient_resident", ["resident"], None),
        ("ix_campaign_recipient_pending", ["campaign_id", "due_at", "id"], "state = 'pending'"),
        ("ix_campaign_recipient_outcome", ["campaign_id", "changed_at"], "state IN ('sent', 'failed')"),
        (
            "ix_campaign_recipient_unsettled",
            ["message_id"],
            "message_id IS NOT NULL AND state NOT IN ('sent', 'failed')",
        ),
        ("ix_campaign_recipient_under_way", ["lease_until"], "state IN ('claimed', 'queued')"),
        ("ix_campaign_recipient_day", ["campaign_id", "counted_on"], "counted_on IS NOT NULL"),
    ):
        op.create_index(name, "campaign_recipient", columns, postgresql_where=where)


def downgrade() -> None:
    """Drop them."""
    op.drop_column("message", "campaign_recipient_id")
    op.drop_table("campaign_recipient")
    op.drop_table("campaign")
