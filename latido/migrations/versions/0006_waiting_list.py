"""The waiting list and the record of its decisions."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MOMENT = TIMESTAMP(timezone=True)
OPEN = sa.text("state IN ('holding', 'open')")


def upgrade() -> None:
    create_entries()
    create_decisions()
    create_offers()
    op.create_table(
        "care_waiting_release",
        sa.Column("slot_id", sa.Text(), nullable=False),
        sa.Column("released_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("slot_id", name="pk_care_waiting_release"),
    )


def create_entries() -> None:
    op.create_table(
        "care_waiting_entry",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("resident", sa.Text(), nullable=False),
        sa.Column("patient_key", sa.Text(), nullable=False, comment="the resident and which of her people"),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("priority_class", sa.Text(), nullable=False),
        sa.Column("weeks", sa.SmallInteger(), comment="upper bound of the completed weeks on weeks_as_of"),
        sa.Column("weeks_as_of", sa.Date()),
        sa.Column("center_number", sa.Integer(), comment="the only centre she wants"),
        sa.Column("area", sa.Text(), comment="her neighbourhood, for operators"),
        sa.Column("details_sealed", sa.LargeBinary(), nullable=False, comment="answers, coarse place, who it is for"),
        sa.Column("patient_id", sa.Text(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("ends_at", MOMENT, nullable=False),
        sa.Column(
            "unreachable_since", MOMENT, comment="she was first, but WhatsApp's 24 hours were over: somebody calls"
        ),
        sa.Column(
            "shown_on_server", sa.Text(), nullable=False, server_default="none", comment="none, waiting or ended"
        ),
        sa.Column("ended_at", MOMENT),
        sa.Column("ended_why", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_care_waiting_entry"),
        sa.CheckConstraint(
            "state IN ('waiting', 'offered', 'booked', 'left', 'ended')", name="ck_care_waiting_entry_state"
        ),
        sa.CheckConstraint(
            "shown_on_server IN ('none', 'waiting', 'ended')", name="ck_care_waiting_entry_shown_on_server"
        ),
        comment="Who waits for a slot",
    )
    op.create_index(
        "ux_care_waiting_entry_live",
        "care_waiting_entry",
        ["patient_key", "service"],
        unique=True,
        postgresql_where=sa.text("state IN ('waiting', 'offered')"),
    )
    op.create_index("ix_care_waiting_entry_resident", "care_waiting_entry", ["resident"])
    op.create_index(
        "ix_care_waiting_entry_unshown",
        "care_waiting_entry",
        ["id"],
        postgresql_where=sa.text(
            "shown_on_server <> CASE WHEN state IN ('waiting', 'offered') THEN 'waiting' ELSE 'ended' END"
        ),
    )


def create_decisions() -> None:
    op.create_table(
        "care_waiting_decision",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("slot_id", sa.Text(), nullable=False),
        sa.Column("slot_start", MOMENT, nullable=False),
        sa.Column("center_number", sa.Integer(), nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("decided_at", MOMENT, nullable=False),
        sa.Column("rule_set", sa.Text(), nullable=False),
        sa.Column("chosen", sa.Text(), comment="null: nobody"),
        sa.Column("considered", JSONB(), nullable=False, comment="in order: entry, class, weeks, days, metres, reason"),
        sa.PrimaryKeyConstraint("id", name="pk_care_waiting_decision"),
        sa.ForeignKeyConstraint(
            ["chosen"], ["care_waiting_entry.id"], name="fk_care_waiting_decision_chosen_care_waiting_entry"
        ),
        comment="Who was offered a slot and why; class and weeks are all it tells of anybody's health",
    )
    op.create_index("ix_care_waiting_decision_slot", "care_waiting_decision", ["slot_id", "id"])


def create_offers() -> None:
    op.create_table(
        "care_waiting_offer",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("entry_id", sa.Text(), nullable=False),
        sa.Column("decision_id", sa.BigInteger(), nullable=False),
        sa.Column("slot_id", sa.Text(), nullable=False),
        sa.Column("slot_start", MOMENT, nullable=False),
        sa.Column("center_number", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("minutes", sa.SmallInteger(), nullable=False, comment="how long the slot is held for her"),
        sa.Column("hold_id", sa.Text(), comment="the Appointment that holds it"),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.Column("looked_at", MOMENT, nullable=False, comment="when a worker last took it in hand"),
        sa.Column("told_at", MOMENT),
        sa.Column("expires_at", MOMENT),
        sa.Column("settled_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_care_waiting_offer"),
        sa.CheckConstraint(
            "state IN ('holding', 'open', 'accepted', 'declined', 'expired', 'withdrawn', 'lost')",
            name="ck_care_waiting_offer_state",
        ),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["care_waiting_entry.id"], name="fk_care_waiting_offer_entry_id_care_waiting_entry"
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"],
            ["care_waiting_decision.id"],
            name="fk_care_waiting_offer_decision_id_care_waiting_decision",
        ),
        comment="A slot held for one who waits: holding, open (she was told), then how it ended",
    )
    op.create_index("ux_care_waiting_offer_slot", "care_waiting_offer", ["slot_id"], unique=True, postgresql_where=OPEN)
    op.create_index(
        "ux_care_waiting_offer_entry", "care_waiting_offer", ["entry_id"], unique=True, postgresql_where=OPEN
    )
    op.create_index(
        "ux_care_waiting_offer_once",
        "care_waiting_offer",
        ["entry_id", "slot_id"],
        unique=True,
        postgresql_where=sa.text("told_at IS NOT NULL"),
    )


def downgrade() -> None:
    for table in ("care_waiting_release", "care_waiting_offer", "care_waiting_decision", "care_waiting_entry"):
        op.drop_table(table)
