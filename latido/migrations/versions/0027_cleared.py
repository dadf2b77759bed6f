"""Which message a booking or a visit followed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What cleared a reminder's group, beside the last one said before it."""
    what = "what followed it and cleared its group: booking or visit"
    op.add_column("reminder", sa.Column("cleared_by", sa.Text(), comment=what))
    op.add_column("reminder", sa.Column("cleared_at", TIMESTAMP(timezone=True)))
    op.create_check_constraint(op.f("ck_reminder_cleared_by"), "reminder", "cleared_by IN ('booking', 'visit')")


def downgrade() -> None:
    """Without it."""
    op.drop_constraint(op.f("ck_reminder_cleared_by"), "reminder")
    op.drop_column("reminder", "cleared_at")
    op.drop_column("reminder", "cleared_by")
