"""Her rights: who asked for silence, who asked to be forgotten, and opinions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

MOMENT = TIMESTAMP(timezone=True)


def upgrade() -> None:
    """Three small tables."""
    op.create_table(
        "care_silence",
        sa.Column("resident", sa.Text(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("resident", name="pk_care_silence"),
        comment="Who asked to be written to only in answer",
    )
    op.create_table(
        "care_erasure",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("resident", sa.Text(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("finished_at", MOMENT, comment="messages and the dialogue's memory are gone too"),
        sa.PrimaryKeyConstraint("id", name="pk_care_erasure"),
        comment="Who asked to be forgotten, and when it was done",
    )
    op.create_index(
        "ix_care_erasure_open", "care_erasure", ["resident"], postgresql_where=sa.text("finished_at IS NULL")
    )
    create_feedback()


def create_feedback() -> None:
    """Opinions, sealed."""
    op.create_table(
        "care_feedback",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("resident", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("center_number", sa.Integer()),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_care_feedback"),
        sa.CheckConstraint("kind IN ('praise', 'complaint', 'other')", name="ck_care_feedback_kind"),
        comment="What residents think of the service or a centre",
    )
    op.create_index("ix_care_feedback_resident", "care_feedback", ["resident"])


def downgrade() -> None:
    """Drop them."""
    for table in ("care_feedback", "care_erasure", "care_silence"):
        op.drop_table(table)
