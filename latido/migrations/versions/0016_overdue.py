"""The audit log of what operators did; the operators' overdue list: who calls whom, and what came of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """The chained log with the triggers that refuse to change it; who calls whom, and what came of each call."""
    create_audit_entry()
    refuse_changes()
    create_claim()
    create_call()


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


def create_claim() -> None:
    """One row a person who is being called."""
    op.create_table(
        "overdue_claim",
        *_whom(),
        sa.Column("operator_id", sa.BigInteger(), nullable=False),
        sa.Column("claimed_at", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False, comment="then another one may call"),
        sa.ForeignKeyConstraint(["operator_id"], ["operator.id"], name="fk_overdue_claim_operator_id_operator"),
        _of_phone("overdue_claim"),
        sa.PrimaryKeyConstraint("resident", "role", "service", name="pk_overdue_claim"),
        comment="Who calls whom just now",
    )
    op.create_index("ix_overdue_claim_operator", "overdue_claim", ["operator_id"])


def create_call() -> None:
    """One row a call, and one for each that was taken back."""
    op.create_table(
        "overdue_call",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        *_whom(),
        sa.Column("operator_id", sa.BigInteger(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("token", sa.String(32), nullable=False, comment="of the form: sent twice it is one call"),
        sa.Column("result", sa.Text(), nullable=False, comment="of data/reminders/calls.yml, or undone"),
        sa.Column("reason", sa.Text()),
        sa.Column("note_sealed", sa.LargeBinary(), comment="the operator's words"),
        sa.Column("reminders", ARRAY(sa.BigInteger()), nullable=False, comment="what was overdue then"),
        sa.Column("removes", sa.Text(), nullable=False),
        sa.Column("again_at", MOMENT, comment="hidden until then"),
        sa.Column("undoes", sa.BigInteger(), comment="the call it takes back"),
        sa.CheckConstraint(
            "removes IN ('no', 'this_time', 'for_good', 'whole_phone')", name=op.f("ck_overdue_call_removes")
        ),
        sa.CheckConstraint("(result = 'undone') = (undoes IS NOT NULL)", name=op.f("ck_overdue_call_undone")),
        sa.ForeignKeyConstraint(["operator_id"], ["operator.id"], name="fk_overdue_call_operator_id_operator"),
        sa.ForeignKeyConstraint(
            ["undoes"], ["overdue_call.id"], name="fk_overdue_call_undoes_overdue_call", ondelete="CASCADE"
        ),
        _of_phone("overdue_call"),
        sa.PrimaryKeyConstraint("id", name="pk_overdue_call"),
        sa.UniqueConstraint("token", name="uq_overdue_call_token"),
        sa.UniqueConstraint("undoes", name="uq_overdue_call_undoes"),
        comment="What came of each call: only added to; what was written by mistake is taken back by another row",
    )
    op.create_index("ix_overdue_call_whom", "overdue_call", ["resident", "role", "service", "id"])


def _whom() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("resident", sa.String(32), nullable=False),
        sa.Column("role", sa.Text(), nullable=False, comment="which of her people"),
        sa.Column("service", sa.Text(), nullable=False),
    )


def _of_phone(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_resident_resident"
    return sa.ForeignKeyConstraint(["resident"], ["resident.key"], name=name, ondelete="CASCADE")


def downgrade() -> None:
    """Drop them."""
    op.drop_table("overdue_call")
    op.drop_table("overdue_claim")
    op.drop_table("audit_entry")
    op.execute("DROP FUNCTION audit_refuse()")
