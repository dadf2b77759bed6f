"""The people of a phone: who a resident told us of, and their pregnancies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

MOMENT = TIMESTAMP(timezone=True)
STOPPED_TOGETHER = "what was stopped by one message is undone together"


def upgrade() -> None:
    create_people()
    create_pregnancies()
    op.alter_column("care_desk_change", "for_whom", comment="her role among the resident's people: self, child-1")


def create_people() -> None:
    op.create_table(
        "care_person",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("resident", sa.Text(), nullable=False),
        sa.Column(
            "role",
            sa.Text(),
            nullable=False,
            comment="who of her people: self, other-1, child-1; as the FHIR Patient's",
        ),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("details_sealed", sa.LargeBinary(), nullable=False, comment="given name, birth date"),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("stop_id", sa.Text(), comment=STOPPED_TOGETHER),
        sa.PrimaryKeyConstraint("id", name="pk_care_person"),
        sa.UniqueConstraint("resident", "role", name="uq_care_person_resident_role"),
        sa.CheckConstraint("kind IN ('adult', 'child')", name="ck_care_person_kind"),
        sa.CheckConstraint("state IN ('live', 'stopped', 'forgotten')", name="ck_care_person_state"),
        comment="Who a resident told us of",
    )


def create_pregnancies() -> None:
    op.create_table(
        "care_pregnancy",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("resident", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False, comment="whose"),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column(
            "details_sealed", sa.LargeBinary(), nullable=False, comment="weeks and how they are known, why it ended"
        ),
        sa.Column("began_at", MOMENT, nullable=False, comment="when she told us"),
        sa.Column("ended_at", MOMENT),
        sa.Column("stop_id", sa.Text(), comment=STOPPED_TOGETHER),
        sa.PrimaryKeyConstraint("id", name="pk_care_pregnancy"),
        sa.CheckConstraint("state IN ('ongoing', 'ended')", name="ck_care_pregnancy_state"),
        sa.CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name="ck_care_pregnancy_ended"),
        comment="A pregnancy a resident told us of",
    )
    op.create_index("ix_care_pregnancy_person", "care_pregnancy", ["resident", "role"])
    op.create_index(
        "ux_care_pregnancy_ongoing",
        "care_pregnancy",
        ["resident", "role"],
        unique=True,
        postgresql_where=sa.text("state = 'ongoing'"),
    )


def downgrade() -> None:
    op.alter_column("care_desk_change", "for_whom", comment="self or other")
    op.drop_table("care_pregnancy")
    op.drop_table("care_person")
