"""What has been read of the changes at the centres' desks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

MOMENT = TIMESTAMP(timezone=True)


def upgrade() -> None:
    create_marks()
    create_known()
    create_changes()
    # An alert about a change at the desk is about no message.
    op.alter_column("alert", "message_id", nullable=True, comment="the message it is about, if it is about one")
    op.add_column("alert", sa.Column("subject", sa.Text(), nullable=True, comment="what it is about, if no message"))
    op.create_unique_constraint("uq_alert_kind_subject", "alert", ["kind", "subject"])


def create_marks() -> None:
    op.create_table(
        "care_desk_mark",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("read_until", MOMENT, nullable=False, comment="on the FHIR server's clock"),
        sa.Column("lease_until", MOMENT, comment="one worker reads at a time"),
        sa.PrimaryKeyConstraint("name", name="pk_care_desk_mark"),
        comment="How far the FHIR server's changes have been read",
    )


def create_known() -> None:
    op.create_table(
        "care_desk_known",
        sa.Column("appointment_id", sa.Text(), nullable=False),
        sa.Column("resident", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("starts_at", MOMENT),
        sa.Column("place", sa.Text(), comment="reference of its Location"),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("appointment_id", name="pk_care_desk_known"),
        comment="A resident's appointment as it was read last",
    )
    op.create_index("ix_care_desk_known_resident", "care_desk_known", ["resident"])


def create_changes() -> None:
    op.create_table(
        "care_desk_change",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("appointment_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False, comment="of the appointment that shows the change"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("resident", sa.Text(), nullable=False),
        sa.Column("for_whom", sa.Text(), nullable=False, comment="self or other"),
        sa.Column("service", sa.Text()),
        sa.Column("before_at", MOMENT, comment="the start she knew of"),
        sa.Column("starts_at", MOMENT),
        sa.Column("place_before", sa.Text()),
        sa.Column("place", sa.Text()),
        sa.Column("center_number", sa.Integer()),
        sa.Column("tell", sa.Boolean(), nullable=False, comment="false: she need not hear of it"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("found_at", MOMENT, nullable=False),
        sa.Column(
            "due_at", MOMENT, nullable=False, comment="when to settle it: Latido's own writes are recorded by then"
        ),
        sa.Column("settled_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_care_desk_change"),
        sa.UniqueConstraint(
            "appointment_id", "version", "kind", name="uq_care_desk_change_appointment_id_version_kind"
        ),
        sa.CheckConstraint(
            "kind IN ('cancelled', 'moved', 'booked', 'noshow', 'fulfilled')", name="ck_care_desk_change_kind"
        ),
        sa.CheckConstraint("state IN ('open', 'told', 'alerted', 'silent', 'ours')", name="ck_care_desk_change_state"),
        comment="What somebody else than Latido changed of a resident's appointment, and whether she was told",
    )
    op.create_index(
        "ix_care_desk_change_due", "care_desk_change", ["due_at"], postgresql_where=sa.text("state = 'open'")
    )
    op.create_index("ix_care_desk_change_resident", "care_desk_change", ["resident"])


def downgrade() -> None:
    op.drop_constraint("uq_alert_kind_subject", "alert")
    op.drop_column("alert", "subject")
    # `alert_resolution` goes with its alert.
    op.execute("DELETE FROM alert WHERE message_id IS NULL")
    op.alter_column("alert", "message_id", nullable=False, comment=None)
    for table in ("care_desk_change", "care_desk_known", "care_desk_mark"):
        op.drop_table(table)
