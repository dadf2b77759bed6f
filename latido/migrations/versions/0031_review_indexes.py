"""What is flagged, and what two people agreed on, found without walking all that was reviewed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two indexes of the rows that a page asks for."""
    op.create_index("ix_review_flagged", "review", ["rank", "message_id"], postgresql_where=sa.text("flagged"))
    op.create_index("ix_review_applied", "review", ["message_id"], postgresql_where=sa.text("state = 'applied'"))


def downgrade() -> None:
    """Without them."""
    op.drop_index("ix_review_applied", "review")
    op.drop_index("ix_review_flagged", "review")
