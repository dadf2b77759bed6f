"""Which wording of a reminder a resident is told, for as long as the comparison runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Who was told what, and what became of the arms."""
    op.create_table(
        "reminder_exposure",
        sa.Column("experiment", sa.Text(), nullable=False),
        sa.Column("resident", sa.String(32), nullable=False),
        sa.Column("arm", sa.Text(), nullable=False, comment="hers for as long as it runs"),
        sa.Column("first_at", MOMENT, nullable=False, comment="when the first message of it was queued"),
        sa.Column("reminder_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "fell_back", sa.Boolean(), nullable=False, comment="told the plain wording: not every arm's was approved"
        ),
        sa.Column("booked_at", MOMENT, comment="when what it asked her to book was booked"),
        sa.Column("attended_at", MOMENT, comment="when she, or whom it is for, was at such a visit"),
        sa.Column("looked_at", MOMENT, comment="when the health service was last asked for visits"),
        sa.ForeignKeyConstraint(
            ["resident"], ["resident.key"], name="fk_reminder_exposure_resident_resident", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["reminder_id"], ["reminder.id"], name="fk_reminder_exposure_reminder_id_reminder", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("experiment", "resident", name="pk_reminder_exposure"),
        comment="Which wording a resident was told first, and what followed",
    )
    for column in ("resident", "reminder_id", "looked_at"):
        op.create_index(f"ix_reminder_exposure_{column}", "reminder_exposure", [column])
    op.create_table(
        "reminder_arm",
        sa.Column("experiment", sa.Text(), nullable=False),
        sa.Column("arm", sa.Text(), nullable=False),
        sa.Column(
            "forgotten",
            sa.Integer(),
            nullable=False,
            server_default="0",
            comment="asked to be forgotten after it: a count",
        ),
        sa.Column("stopped_at", MOMENT, comment="told to nobody else from then on"),
        sa.Column("stopped_why", sa.Text(), comment="the rule"),
        sa.Column("proposed_at", MOMENT, comment="when operators were told that it seems better"),
        sa.CheckConstraint("(stopped_at IS NULL) = (stopped_why IS NULL)", name="ck_reminder_arm_stopped"),
        sa.PrimaryKeyConstraint("experiment", "arm", name="pk_reminder_arm"),
        comment="What became of an experiment's arms",
    )


def downgrade() -> None:
    """Forget both."""
    op.drop_table("reminder_arm")
    op.drop_table("reminder_exposure")
