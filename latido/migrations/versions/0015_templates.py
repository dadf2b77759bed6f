"""Templates: which of our message templates WhatsApp has approved."""

from __future__ import annotations

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The table of templates."""


def downgrade() -> None:
    """Drop it."""
