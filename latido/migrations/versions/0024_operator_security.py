"""Second factors, first entries, canned replies and hand-overs of operators."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
BEFORE = "'opened', 'asked_again', 'withdrawn', 'taken', 'wrote', 'given_back', 'timed_out', 'closed'"
AFTER = "'opened', 'asked_again', 'withdrawn', 'taken', 'wrote', 'handed_over', 'given_back', 'timed_out', 'closed'"


def upgrade() -> None:
    """Who may enter and with what; what is kept to be written again; who handed a conversation to whom."""
    widen_operators()
    create_ways_in()
    create_canned_reply()
    widen_tickets()


def widen_operators() -> None:
    """Operators that are switched off, their second factor, and on what device each is inside."""
    op.add_column(
        "operator",
        sa.Column("disabled_at", MOMENT, comment="may not enter any more; kept, for the audit names her"),
    )
    op.add_column(
        "operator",
        sa.Column(
            "second_factor_sealed", sa.LargeBinary(), comment="the secret of her one-time codes (RFC 6238), encrypted"
        ),
    )
    op.add_column(
        "operator",
        sa.Column(
            "second_factor_step", sa.BigInteger(), comment="of the last code taken: none up to it is taken again"
        ),
    )
    device = sa.Column(
        "device", sa.String(60), nullable=False, server_default="", comment="browser and system, in words"
    )
    op.add_column("operator_session", device)


def create_ways_in() -> None:
    """Half-open log-ins, recovery codes, and the code of a first entry."""
    op.create_table(
        "operator_halfway",
        sa.Column("token_hash", sa.String(64), nullable=False, comment="SHA-256 of the cookie's random token"),
        sa.Column("operator_id", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        _of_operator("operator_halfway"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_operator_halfway"),
        comment="A browser that gave the right password and owes the second factor",
    )
    op.create_index("ix_operator_halfway_operator_id", "operator_halfway", ["operator_id"])
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("operator_id", sa.BigInteger(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False, comment="argon2id"),
        sa.Column("used_at", MOMENT),
        _of_operator("recovery_code"),
        sa.PrimaryKeyConstraint("id", name="pk_recovery_code"),
        comment="What opens once when the telephone with the one-time codes is lost",
    )
    op.create_index("ix_recovery_code_operator_id", "recovery_code", ["operator_id"])
    op.create_table(
        "first_entry",
        sa.Column("operator_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False, comment="argon2id"),
        sa.Column("expires_at", MOMENT, nullable=False),
        _of_operator("first_entry"),
        sa.PrimaryKeyConstraint("operator_id", name="pk_first_entry"),
        comment="A code with which an operator chooses her password, once",
    )


def create_canned_reply() -> None:
    """One row a reply; a word is the team's once, and each operator's once."""
    op.create_table(
        "canned_reply",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("operator_id", sa.BigInteger(), comment="none: the whole team's"),
        sa.Column("word", sa.String(24), nullable=False, comment="what is typed after a slash"),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False, server_default=sa.text("now()")),
        _of_operator("canned_reply"),
        sa.PrimaryKeyConstraint("id", name="pk_canned_reply"),
        comment="Replies that operators keep; those of data/console/replies.yml come besides",
    )
    teams, hers = sa.text("operator_id IS NULL"), sa.text("operator_id IS NOT NULL")
    op.create_index("uq_canned_reply_team", "canned_reply", ["word"], unique=True, postgresql_where=teams)
    op.create_index("uq_canned_reply_own", "canned_reply", ["operator_id", "word"], unique=True, postgresql_where=hers)


def widen_tickets() -> None:
    """When she was first answered by a person; to whom it was handed over, with a note."""
    op.add_column("ticket", sa.Column("first_reply_at", MOMENT))
    op.execute("""
        UPDATE ticket SET first_reply_at = wrote.first FROM (
            SELECT ticket_id, min(created_at) AS first FROM ticket_event WHERE kind = 'wrote' GROUP BY ticket_id
        ) wrote WHERE wrote.ticket_id = ticket.id
    """)
    op.create_index(
        "ix_ticket_first_reply", "ticket", ["first_reply_at"], postgresql_where=sa.text("first_reply_at IS NOT NULL")
    )
    op.add_column("ticket_event", sa.Column("to_operator_id", sa.BigInteger(), comment="whom it was handed over to"))
    op.create_foreign_key(
        "fk_ticket_event_to_operator_id_operator", "ticket_event", "operator", ["to_operator_id"], ["id"]
    )
    note = sa.Column(
        "note_sealed", sa.LargeBinary(), comment="what the next operator should know, encrypted: may tell of health"
    )
    op.add_column("ticket_event", note)
    _allow(AFTER)


def _of_operator(table: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_operator_id_operator"
    return sa.ForeignKeyConstraint(["operator_id"], ["operator.id"], name=name, ondelete="CASCADE")


def _allow(kinds: str) -> None:
    op.drop_constraint(op.f("ck_ticket_event_kind"), "ticket_event", type_="check")
    op.create_check_constraint(op.f("ck_ticket_event_kind"), "ticket_event", f"kind IN ({kinds})")


def downgrade() -> None:
    """Take it back; a hand-over becomes one given back."""
    op.execute("UPDATE ticket_event SET kind = 'given_back' WHERE kind = 'handed_over'")
    _allow(BEFORE)
    op.drop_column("ticket_event", "note_sealed")
    op.drop_constraint("fk_ticket_event_to_operator_id_operator", "ticket_event", type_="foreignkey")
    op.drop_column("ticket_event", "to_operator_id")
    op.drop_index("ix_ticket_first_reply", "ticket")
    op.drop_column("ticket", "first_reply_at")
    for table in ("canned_reply", "first_entry", "recovery_code", "operator_halfway"):
        op.drop_table(table)
    op.drop_column("operator_session", "device")
    for column in ("second_factor_step", "second_factor_sealed", "disabled_at"):
        op.drop_column("operator", column)
