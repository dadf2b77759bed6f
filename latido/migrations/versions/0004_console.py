"""Operators, their sessions and log-in attempts, and who attended to an alert."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_operator()
    _create_operator_session()
    _create_login_attempt()
    _create_alert_resolution()


def _create_operator() -> None:
    op.create_table(
        "operator",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("username", sa.String(40), nullable=False, comment="lower case"),
        sa.Column("password_hash", sa.Text(), nullable=False, comment="argon2id, with its parameters"),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("last_login_at", MOMENT),
        sa.CheckConstraint(
            "role IN ('reader', 'reviewer', 'approver', 'agent', 'supervisor', 'admin')",
            name=op.f("ck_operator_role"),
        ),
        sa.PrimaryKeyConstraint("id", name="pk_operator"),
        sa.UniqueConstraint("username", name="uq_operator_username"),
        comment="A person who may enter the console",
    )


def _create_operator_session() -> None:
    op.create_table(
        "operator_session",
        sa.Column("token_hash", sa.String(64), nullable=False, comment="SHA-256 of the cookie's random token"),
        sa.Column("operator_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("last_seen_at", MOMENT, nullable=False, comment="last page she opened; polling is no use"),
        sa.ForeignKeyConstraint(
            ["operator_id"], ["operator.id"], name="fk_operator_session_operator_id_operator", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name="pk_operator_session"),
        comment="A browser that is logged in",
    )
    op.create_index(op.f("ix_operator_session_operator_id"), "operator_session", ["operator_id"])


def _create_login_attempt() -> None:
    op.create_table(
        "login_attempt",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "subject", sa.String(64), nullable=False, comment="keyed hash of the username, with or without the address"
        ),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_login_attempt"),
        comment="Log-ins that failed or are being tried, for minutes only",
    )
    op.create_index(op.f("ix_login_attempt_subject"), "login_attempt", ["subject"])
    op.create_index(op.f("ix_login_attempt_created_at"), "login_attempt", ["created_at"])


def _create_alert_resolution() -> None:
    op.create_table(
        "alert_resolution",
        sa.Column("alert_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("operator_id", sa.BigInteger(), nullable=False),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alert.id"], name="fk_alert_resolution_alert_id_alert", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["operator_id"], ["operator.id"], name="fk_alert_resolution_operator_id_operator"),
        sa.PrimaryKeyConstraint("alert_id", name="pk_alert_resolution"),
        comment="Who marked an alert as seen",
    )


def downgrade() -> None:
    op.drop_table("alert_resolution")
    op.drop_table("login_attempt")
    op.drop_table("operator_session")
    op.drop_table("operator")
