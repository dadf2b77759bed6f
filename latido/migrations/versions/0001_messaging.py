"""messaging."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_content_template()
    _create_receipt()
    _create_resident()
    _create_lane()
    _create_message()
    _create_alert()


def _create_content_template() -> None:
    op.create_table(
        "content_template",
        sa.Column("digest", sa.String(length=64), nullable=False, comment="SHA-256 of the content's definition"),
        sa.Column("content_sid", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_content_template")),
        comment="Contents (buttons, lists) already made at Twilio",
    )


def _create_receipt() -> None:
    op.create_table(
        "receipt",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("provider_sid", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=24), nullable=False),
        sa.Column("error_code", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_receipt")),
        sa.UniqueConstraint("provider_sid", "status", name=op.f("uq_receipt_provider_sid_status")),
        comment="Delivery receipts as they came, also those that came before the answer to the send",
    )


def _create_resident() -> None:
    op.create_table(
        "resident",
        sa.Column("key", sa.String(length=32), nullable=False, comment="HMAC of the normalised WhatsApp address"),
        sa.Column("address_sealed", sa.LargeBinary(), nullable=False, comment="exactly the From received, encrypted"),
        sa.Column("profile_name_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("last_inbound_at", sa.DateTime(timezone=True), nullable=True, comment="opens the 24-hour window"),
        sa.Column("delay_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_resident")),
        comment="A phone that has written to us",
    )


def _create_lane() -> None:
    op.create_table(
        "lane",
        sa.Column("resident", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=8), nullable=False, comment="turn or send"),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_token", sa.UUID(), nullable=True),
        sa.CheckConstraint("name IN ('turn', 'send')", name=op.f("ck_lane_name")),
        sa.ForeignKeyConstraint(["resident"], ["resident.key"], name=op.f("fk_lane_resident_resident")),
        sa.PrimaryKeyConstraint("resident", "name", name=op.f("pk_lane")),
        comment="One lane per resident and kind of work: whoever holds its lease works alone and in order",
    )
    op.create_index(
        "ix_lane_due", "lane", ["name", "due_at"], unique=False, postgresql_where=sa.text("due_at IS NOT NULL")
    )


def _create_message() -> None:
    op.create_table(
        "message",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("resident", sa.String(length=32), nullable=False),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("provider_sid", sa.String(length=64), nullable=True, comment="Twilio's MessageSid"),
        sa.Column(
            "text",
            sa.Text(),
            server_default="",
            nullable=False,
            comment="what operators read: documents, phones masked",
        ),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False, comment="the whole message as JSON, encrypted"),
        sa.Column(
            "choices_digest",
            sa.String(length=16),
            nullable=True,
            comment="outbound with buttons: what their ids carry to WhatsApp and back",
        ),
        sa.Column("answers_id", sa.BigInteger(), nullable=True, comment="outbound: the inbound it answers"),
        sa.Column("status", sa.String(length=24), nullable=True, comment="outbound: Twilio's status, merged by rank"),
        sa.Column("error_code", sa.Integer(), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True, comment="for operators; no personal data"),
        sa.Column("nlu", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("slots", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("actions", postgresql.ARRAY(sa.Text()), nullable=True),
        sa.Column("active_form", sa.String(length=64), nullable=True),
        sa.Column("flags", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("urgent", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handed_over_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(direction = 'in' AND state IN ('received', 'answered', 'set_aside')) OR (direction = 'out' AND state IN ('queued', 'sending', 'unknown', 'handed_over', 'failed'))",
            name=op.f("ck_message_state"),
        ),
        sa.CheckConstraint("direction IN ('in', 'out')", name=op.f("ck_message_direction")),
        sa.ForeignKeyConstraint(["answers_id"], ["message.id"], name=op.f("fk_message_answers_id_message")),
        sa.ForeignKeyConstraint(["resident"], ["resident.key"], name=op.f("fk_message_resident_resident")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("provider_sid", name=op.f("uq_message_provider_sid")),
        comment="The message log: inbox, outbox and what operators read",
    )
    op.create_index(
        "ix_message_choices",
        "message",
        ["resident", "choices_digest"],
        unique=False,
        postgresql_where=sa.text("choices_digest IS NOT NULL"),
    )
    op.create_index(
        "ix_message_open",
        "message",
        ["resident", "id"],
        unique=False,
        postgresql_where=sa.text("state IN ('received', 'queued', 'sending', 'unknown')"),
    )
    op.create_index(op.f("ix_message_resident_message_id"), "message", ["resident", "id"], unique=False)
    op.create_index("ix_message_urgent", "message", ["id"], unique=False, postgresql_where=sa.text("urgent"))


def _create_alert() -> None:
    op.create_table(
        "alert",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("resident", sa.String(length=32), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("detail", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_alert_message_id_message")),
        sa.ForeignKeyConstraint(["resident"], ["resident.key"], name=op.f("fk_alert_resident_resident")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alert")),
        sa.UniqueConstraint("kind", "message_id", name=op.f("uq_alert_kind_message_id")),
        comment="What an operator must see",
    )
    op.create_index("ix_alert_open", "alert", ["id"], unique=False, postgresql_where=sa.text("resolved_at IS NULL"))


def downgrade() -> None:
    op.drop_index("ix_alert_open", table_name="alert", postgresql_where=sa.text("resolved_at IS NULL"))
    op.drop_table("alert")
    op.drop_index("ix_message_urgent", table_name="message", postgresql_where=sa.text("urgent"))
    op.drop_index(op.f("ix_message_resident_message_id"), table_name="message")
    op.drop_index(
        "ix_message_open",
        table_name="message",
        postgresql_where=sa.text("state IN ('received', 'queued', 'sending', 'unknown')"),
    )
    op.drop_index("ix_message_choices", table_name="message", postgresql_where=sa.text("choices_digest IS NOT NULL"))
    op.drop_table("message")
    op.drop_index("ix_lane_due", table_name="lane", postgresql_where=sa.text("due_at IS NOT NULL"))
    op.drop_table("lane")
    op.drop_table("resident")
    op.drop_table("receipt")
    op.drop_table("content_template")
