"""When WhatsApp said that the 24 hours were over, and plans that follow whether messages reach her."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A column, and a trigger that marks her plan as stale when she can be reached no more, or again."""
    told = "WhatsApp said that the 24 hours were over"
    op.add_column("resident", sa.Column("window_shut_at", sa.DateTime(timezone=True), comment=told))
    op.execute("""
CREATE FUNCTION reminder_note_reach() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO reminder_change (resident) VALUES (NEW.key);
    RETURN NULL;
END $$
""")
    op.execute("""
CREATE TRIGGER reminder_reach AFTER UPDATE OF unreachable_since ON resident
FOR EACH ROW WHEN (OLD.unreachable_since IS DISTINCT FROM NEW.unreachable_since)
EXECUTE FUNCTION reminder_note_reach()
""")


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TRIGGER reminder_reach ON resident")
    op.execute("DROP FUNCTION reminder_note_reach()")
    op.drop_column("resident", "window_shut_at")
