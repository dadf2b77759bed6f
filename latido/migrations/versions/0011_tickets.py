"""Conversations that a person has taken over: tickets, and what became of each."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
LIVE = sa.text("state IN ('open', 'taken')")


def upgrade() -> None:
    _create_ticket()
    _create_ticket_event()


def _create_ticket() -> None:
    op.create_table(
        "ticket",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("resident", sa.String(32), nullable=False),
        sa.Column("state", sa.String(8), nullable=False, server_default="open"),
        sa.Column(
            "reasons", postgresql.ARRAY(sa.Text()), nullable=False, comment="why she needs a person, first one first"
        ),
        sa.Column(
            "summary_sealed",
            sa.LargeBinary(),
            nullable=False,
            comment="JSON for operators, encrypted: may tell of health",
        ),
        sa.Column("message_id", sa.BigInteger(), nullable=False, comment="the inbound that opened it"),
        sa.Column("operator_id", sa.BigInteger(), comment="who has the conversation, while taken"),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("taken_at", MOMENT),
        sa.Column("operator_at", MOMENT),
        sa.Column("closed_at", MOMENT),
        sa.CheckConstraint("state IN ('open', 'taken', 'closed')", name=op.f("ck_ticket_state")),
        sa.CheckConstraint("(state = 'taken') = (operator_id IS NOT NULL)", name=op.f("ck_ticket_holder")),
        sa.ForeignKeyConstraint(["resident"], ["resident.key"], name="fk_ticket_resident_resident", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name="fk_ticket_message_id_message", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["operator_id"], ["operator.id"], name="fk_ticket_operator_id_operator"),
        sa.PrimaryKeyConstraint("id", name="pk_ticket"),
        comment="A conversation that needs a person, or has one",
    )
    op.create_index("uq_ticket_live", "ticket", ["resident"], unique=True, postgresql_where=LIVE)
    op.create_index("ix_ticket_waiting", "ticket", ["state", "created_at"], postgresql_where=LIVE)


def _create_ticket_event() -> None:
    op.create_table(
        "ticket_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("ticket_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("operator_id", sa.BigInteger(), comment="who did it; none: she, or the time"),
        sa.Column("message_id", sa.BigInteger(), comment="the message it is about"),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "kind IN ('opened', 'asked_again', 'withdrawn', 'taken', 'wrote', 'given_back', 'timed_out', 'closed')",
            name=op.f("ck_ticket_event_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.id"], name="fk_ticket_event_ticket_id_ticket", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["operator_id"], ["operator.id"], name="fk_ticket_event_operator_id_operator"),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name="fk_ticket_event_message_id_message", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_ticket_event"),
        comment="What became of a ticket, and by whom: the audit",
    )
    op.create_index(op.f("ix_ticket_event_ticket_id"), "ticket_event", ["ticket_id"])
    op.create_index(
        "ix_ticket_event_message_id",
        "ticket_event",
        ["message_id"],
        postgresql_where=sa.text("message_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_table("ticket_event")
    op.drop_table("ticket")
