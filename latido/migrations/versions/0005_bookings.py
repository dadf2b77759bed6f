"""The ledger of bookings, in place of the leases."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

MOMENT = TIMESTAMP(timezone=True)
OPEN = sa.text("state <> 'ended'")


def upgrade() -> None:
    op.drop_table("care_booking_claim")
    op.create_table(
        "care_booking",
        sa.Column("booking_key", sa.Text(), nullable=False),
        sa.Column("resident", sa.Text(), nullable=False),
        sa.Column("patient_key", sa.Text(), nullable=False, comment="the resident and which of her people"),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("pregnancy_window", sa.Text(), nullable=False),
        sa.Column("slot_id", sa.Text(), nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("appointment_id", sa.Text()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False, comment="resident or waiting_list"),
        sa.Column("replacing", sa.Boolean(), nullable=False, comment="stands beside the one it is to replace"),
        sa.Column("replaces", sa.Text(), comment="id of the Appointment that ends when this one is booked"),
        sa.Column("expires_at", MOMENT, comment="of a hold"),
        sa.Column("attendance", sa.Text(), comment="her answer to a reminder"),
        sa.Column("ended_why", sa.Text()),
        sa.Column("looked_at", MOMENT, nullable=False, comment="when the sweep last looked, or it was begun"),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.CheckConstraint("state IN ('placing', 'held', 'booked', 'ended')", name=op.f("ck_care_booking_state")),
        sa.PrimaryKeyConstraint("booking_key", name="pk_care_booking"),
        comment="What Latido is booking or has booked: the guard of one live appointment a person and window",
    )
    _create_indexes()


def _create_indexes() -> None:
    standing = ["patient_key", "service", "pregnancy_window", "replacing"]
    op.create_index("ux_care_booking_standing", "care_booking", standing, unique=True, postgresql_where=OPEN)
    op.create_index("ix_care_booking_appointment", "care_booking", ["appointment_id"])
    op.create_index("ix_care_booking_resident", "care_booking", ["resident"])
    op.create_index("ix_care_booking_open", "care_booking", ["looked_at"], postgresql_where=OPEN)


def downgrade() -> None:
    op.drop_table("care_booking")
    op.create_table(
        "care_booking_claim",
        sa.Column("patient_key", sa.Text(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("booking_key", sa.Text(), nullable=False),
        sa.Column("claimed_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("patient_key", "service", name="pk_care_booking_claim"),
    )
