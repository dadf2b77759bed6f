"""Reminders: what is to be said, whose plan is stale, and which message says it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, UUID

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
WATCHED = ("care_person", "care_pregnancy", "care_booking", "care_consent", "care_silence")
# A sweep looks at every open booking again and again; that changes no plan.
BUT = {"care_booking": " OF resident, patient_key, service, starts_at, appointment_id, state, attendance"}


def upgrade() -> None:
    """Three tables, the triggers that say whose plan is stale, and the reminder a message is of."""
    create_reminder()
    create_plan_and_changes()
    op.add_column("message", sa.Column("reminder_id", sa.BigInteger(), comment="outbound: the reminder it says"))
    op.create_foreign_key(
        "fk_message_reminder_id_reminder", "message", "reminder", ["reminder_id"], ["id"], ondelete="SET NULL"
    )
    op.create_index("ix_message_reminder", "message", ["reminder_id"], postgresql_where="reminder_id IS NOT NULL")
    op.create_index(
        "uq_message_reminder_live",
        "message",
        ["reminder_id"],
        unique=True,
        postgresql_where="reminder_id IS NOT NULL AND state IN ('queued', 'sending', 'unknown', 'handed_over')",
    )
    op.create_index(
        "ix_message_reminder_failed",
        "message",
        ["failed_at"],
        postgresql_where="reminder_id IS NOT NULL AND state = 'failed'",
    )
    create_triggers()


def create_reminder() -> None:
    """One row a step."""
    op.create_table(
        "reminder",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("key", sa.Text(), nullable=False, comment="names the step for ever: planning twice writes it once"),
        sa.Column("resident", sa.String(32), nullable=False),
        sa.Column("role", sa.Text(), nullable=False, comment="which of her people"),
        sa.Column("group_key", sa.Text(), nullable=False, comment="what is cleared together"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("not_after", MOMENT, nullable=False),
        sa.Column("template", sa.Text(), nullable=False),
        sa.Column("variables_sealed", sa.LargeBinary(), nullable=False, comment="may tell of health"),
        sa.Column("appointment_id", sa.Text()),
        sa.Column("codes", ARRAY(sa.Text()), nullable=False, comment="of the calendar: what it speaks of"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.SmallInteger(), nullable=False, server_default="0"),
        sa.Column("lease_until", MOMENT),
        sa.Column("lease_token", UUID(as_uuid=True)),
        sa.Column("message_id", sa.BigInteger(), comment="the message that says it, until it is settled and after"),
        sa.Column("last_reason", sa.Text(), comment="why it is as it is; no personal data"),
        sa.Column("asked_for", MOMENT, comment="when she asked to be reminded instead"),
        sa.Column("answer", sa.Text(), comment="what she answered"),
        sa.Column("answered_at", MOMENT),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.CheckConstraint(
            "state IN ('pending', 'claimed', 'queued', 'sent', 'failed', 'listed', 'cancelled', 'expired')",
            name="ck_reminder_state",
        ),
        sa.ForeignKeyConstraint(
            ["resident"], ["resident.key"], name="fk_reminder_resident_resident", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_reminder"),
        sa.UniqueConstraint("resident", "key", name="uq_reminder_resident_key"),
        comment="One step of what is to be said to a resident, and what became of it",
    )
    for name, columns, where in (
        ("ix_reminder_pending", ["due_at", "id"], "state = 'pending'"),
        ("ix_reminder_under_way", ["lease_until"], "state IN ('claimed', 'queued')"),
        ("ix_reminder_unsettled", ["message_id"], "message_id IS NOT NULL AND state NOT IN ('sent', 'failed')"),
        ("ix_reminder_outcome", ["changed_at"], "state IN ('sent', 'failed')"),
        ("ix_reminder_listed", ["due_at"], "state = 'listed'"),
    ):
        op.create_index(name, "reminder", columns, postgresql_where=where)


def create_plan_and_changes() -> None:
    """Whose plan is made when, and who changed since."""
    op.create_table(
        "reminder_plan",
        sa.Column("resident", sa.String(32), nullable=False),
        sa.Column("planned_at", MOMENT),
        sa.Column("next_at", MOMENT, comment="when to plan anew even if nothing changed; none: only then"),
        sa.Column("lease_until", MOMENT),
        sa.Column("lease_token", UUID(as_uuid=True)),
        sa.ForeignKeyConstraint(
            ["resident"], ["resident.key"], name="fk_reminder_plan_resident_resident", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("resident", name="pk_reminder_plan"),
        comment="When a resident's reminders were planned, and who is planning them",
    )
    op.create_index("ix_reminder_plan_next", "reminder_plan", ["next_at"], postgresql_where="next_at IS NOT NULL")
    op.create_table(
        "reminder_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("resident", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False, server_default=sa.text("now()")),
        sa.PrimaryKeyConstraint("id", name="pk_reminder_change"),
        comment="Whose plan is stale: appended by triggers in the transaction of the change",
    )
    op.create_index("ix_reminder_change_resident", "reminder_change", ["resident"])


def create_triggers() -> None:
    """A row of `reminder_change` for each change; those already known are planned first of all."""
    op.execute("""
CREATE FUNCTION reminder_note_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        INSERT INTO reminder_change (resident) VALUES (OLD.resident);
    END IF;
    IF TG_OP = 'INSERT' OR (TG_OP = 'UPDATE' AND NEW.resident <> OLD.resident) THEN
        INSERT INTO reminder_change (resident) VALUES (NEW.resident);
    END IF;
    RETURN NULL;
END $$
""")
    for table in WATCHED:
        op.execute(
            f"CREATE TRIGGER reminder_change AFTER INSERT OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION reminder_note_change()"
        )
        op.execute(
            f"CREATE TRIGGER reminder_change_update AFTER UPDATE{BUT.get(table, '')} ON {table} "
            "FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION reminder_note_change()"
        )
    op.execute(
        "INSERT INTO reminder_change (resident) "
        "SELECT DISTINCT resident FROM care_consent WHERE scope = 'reminders' AND withdrawn_at IS NULL"
    )


def downgrade() -> None:
    """Drop them."""
    for table in WATCHED:
        op.execute(f"DROP TRIGGER reminder_change ON {table}")
        op.execute(f"DROP TRIGGER reminder_change_update ON {table}")
    op.execute("DROP FUNCTION reminder_note_change()")
    op.drop_column("message", "reminder_id")
    for table in ("reminder_change", "reminder_plan", "reminder"):
        op.drop_table(table)
