"""What she told of a visit stands with its booking, beside what the health service has."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two columns: an operator sees what is told and what is recorded apart."""
    op.add_column("care_booking", sa.Column("told_visit", sa.Text(), comment="what she told: went or not_went"))
    op.add_column("care_booking", sa.Column("told_visit_at", TIMESTAMP(timezone=True)))
    told = "told_visit IN ('went', 'not_went')"
    op.create_check_constraint(op.f("ck_care_booking_told_visit"), "care_booking", told)


def downgrade() -> None:
    """Drop them."""
    op.drop_constraint(op.f("ck_care_booking_told_visit"), "care_booking")
    op.drop_column("care_booking", "told_visit_at")
    op.drop_column("care_booking", "told_visit")
