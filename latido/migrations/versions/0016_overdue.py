"""The audit log of what operators did; the operators' overdue list: who calls whom, and what came of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """The chained log, and the triggers that refuse to change it."""
    create_audit_entry()
    refuse_changes()


def create_audit_entry() -> None:
    """One row for what one operator did once."""
    op.create_table(
        "audit_entry",
        sa.Column(
            "id", sa.BigInteger(), autoincrement=False, nullable=False, comment="one after the other, without a gap"
        ),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("operator_id", sa.BigInteger(), comment="none: somebody who is not inside, or a command"),
        sa.Column("operator", sa.Text(), nullable=False, comment="the name she had then"),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), comment="the resident's key, or what else it was about"),
        sa.Column("details", JSONB(), nullable=False, comment="no personal data"),
        sa.Column("previous_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False, comment="SHA-256 of all of the row but itself"),
        sa.PrimaryKeyConstraint("id", name="pk_audit_entry"),
        sa.UniqueConstraint("previous_hash", name="uq_audit_entry_previous_hash"),
        comment="What operators did, chained: append-only",
    )
    op.create_index("ix_audit_entry_operator", "audit_entry", ["operator", "id"])
    op.create_index("ix_audit_entry_action", "audit_entry", ["action", "id"])
    op.create_index("ix_audit_entry_at", "audit_entry", ["at"])


def refuse_changes() -> None:
    """Nothing is changed in it, taken from it or emptied."""
    op.execute("""
        CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE insufficient_privilege USING MESSAGE = 'the audit log is append-only: ' || TG_OP || ' refused';
        END $$
    """)
    op.execute("""
        CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit_entry
        FOR EACH ROW EXECUTE FUNCTION audit_refuse()
    """)
    op.execute("""
        CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit_entry
        FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse()
    """)


def downgrade() -> None:
    """Drop it."""
    op.drop_table("audit_entry")
    op.execute("DROP FUNCTION audit_refuse()")
