"""What is kept for how long."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

MOMENT = TIMESTAMP(timezone=True)


def upgrade() -> None:
    """The marks of retention, and when a message lost its words."""
    op.create_table(
        "retention_mark",
        sa.Column("period", sa.Text(), primary_key=True),
        sa.Column(
            "read_until", sa.BigInteger(), nullable=False, server_default="0", comment="last id a walk has looked at"
        ),
        sa.Column("walk_began_at", MOMENT, comment="a walk begins anew now and then, for what was held back"),
        sa.Column("last_at", MOMENT, comment="when something was removed last"),
        sa.Column(
            "removed", sa.BigInteger(), nullable=False, server_default="0", comment="rows removed or emptied so far"
        ),
        comment="What retention has removed, by period",
    )
    comment = "its words were removed: too old, or she had them erased"
    op.add_column("message", sa.Column("emptied_at", MOMENT, comment=comment))


def downgrade() -> None:
    """Without the marks; what was emptied stays so."""
    op.drop_column("message", "emptied_at")
    op.drop_table("retention_mark")
