"""Indicators and what they are counted from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The figures of each month."""
    op.create_table(
        "indicator_figure",
        sa.Column("indicator", sa.Text(), primary_key=True),
        sa.Column("month", sa.String(7), primary_key=True, comment="2026-11, local time"),
        sa.Column("part", sa.Text(), primary_key=True, comment="the value of its dimension; empty: the whole"),
        sa.Column("of", sa.BigInteger(), nullable=False, comment="denominator, or how many were measured"),
        sa.Column("hits", sa.BigInteger(), comment="numerator"),
        sa.Column("median", sa.Float(53)),
        sa.Column("p90", sa.Float(53)),
        sa.Column("counted_at", TIMESTAMP(timezone=True), nullable=False),
        comment="What was counted for each indicator and month; nobody's own data",
    )


def downgrade() -> None:
    """Without them; they can be counted anew for as long as the log is kept."""
    op.drop_table("indicator_figure")
