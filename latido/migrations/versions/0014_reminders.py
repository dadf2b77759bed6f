"""Reminders: what is to be said, whose plan is stale, and which message says it."""

from __future__ import annotations

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The tables of reminders."""


def downgrade() -> None:
    """Drop them."""
