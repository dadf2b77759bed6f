"""The question that follows a danger sign: when it is due, and what became of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """One row an episode of danger."""
    op.create_table(
        "danger_follow_up",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("resident", sa.String(32), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False, comment="the last message that told of danger"),
        sa.Column("state", sa.String(8), nullable=False, server_default="waiting"),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("settled_at", MOMENT),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'asked', 'called', 'dropped')", name="ck_danger_follow_up_state"),
        sa.ForeignKeyConstraint(
            ["resident"], ["resident.key"], name="fk_danger_follow_up_resident_resident", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name="fk_danger_follow_up_message_id_message", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_danger_follow_up"),
        comment="Asks once, hours after a danger sign, whether she could go",
    )
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        "uq_danger_follow_up_waiting", "danger_follow_up", ["resident"], unique=True, postgresql_where=waiting
    )
    op.create_index("ix_danger_follow_up_due", "danger_follow_up", ["due_at"], postgresql_where=waiting)


def downgrade() -> None:
    """Drop it."""
    op.drop_table("danger_follow_up")
