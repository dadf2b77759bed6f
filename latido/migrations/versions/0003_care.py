"""Consent, coarse places, idempotency keys and booking leases of care."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = TIMESTAMP(timezone=True)


def upgrade() -> None:
    op.create_table(
        "care_consent",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("resident", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("given_at", MOMENT, nullable=False),
        sa.Column("withdrawn_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_care_consent"),
    )
    op.create_index(
        "ux_care_consent_standing",
        "care_consent",
        ["resident", "scope", "version"],
        unique=True,
        postgresql_where=sa.text("withdrawn_at IS NULL"),
    )
    op.create_table(
        "care_resident_place",
        sa.Column("resident", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("latitude", sa.Float(53), nullable=False),
        sa.Column("longitude", sa.Float(53), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("resident", name="pk_care_resident_place"),
    )
    op.create_table(
        "care_idempotency",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.Text(), nullable=False),
        sa.Column("sealed_response", sa.LargeBinary()),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("completed_at", MOMENT),
        sa.PrimaryKeyConstraint("key", name="pk_care_idempotency"),
    )
    op.create_index("ix_care_idempotency_created_at", "care_idempotency", ["created_at"])
    op.create_table(
        "care_booking_claim",
        sa.Column("patient_key", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("booking_key", sa.Text(), nullable=False),
        sa.Column("claimed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("patient_key", "service", name="pk_care_booking_claim"),
    )


def downgrade() -> None:
    for table in ("care_booking_claim", "care_idempotency", "care_resident_place", "care_consent"):
        op.drop_table(table)
