"""Templates: which of our message templates WhatsApp has approved, and who cannot be reached."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

MOMENT = TIMESTAMP(timezone=True)


def upgrade() -> None:
    """The table of templates, and the columns that messages and residents need for them."""
    op.create_table(
        "message_template",
        sa.Column("content_name", sa.Text(), nullable=False, comment="WhatsApp's name of this version"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("variant", sa.Text(), nullable=False, server_default=""),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False, comment="SHA-256 of the definition"),
        sa.Column("definition", JSONB(), nullable=False, comment="body, variables and buttons as Twilio has them"),
        sa.Column("content_sid", sa.String(64), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False, comment="Meta may move it to another"),
        sa.Column("rejection_reason", sa.Text(), nullable=False, server_default=""),
        sa.Column("checked_at", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("content_name", name="pk_message_template"),
        sa.UniqueConstraint("name", "variant", "digest", name="uq_message_template_name_variant_digest"),
        comment="Message templates made at Twilio, each version once, and what WhatsApp thinks of them",
    )
    _message_columns()
    _resident_columns()


def _message_columns() -> None:
    said = "outbound: what is sent instead outside the 24-hour window"
    op.add_column("message", sa.Column("template", sa.Text(), comment=said))
    gone = "outbound: WhatsApp's name of the template it went as; none: in free form"
    op.add_column("message", sa.Column("sent_as", sa.Text(), comment=gone))
    later = "outbound: later messages overtake it until then"
    op.add_column("message", sa.Column("not_before", MOMENT, comment=later))


def _resident_columns() -> None:
    since = "WhatsApp will not deliver; until she writes again"
    op.add_column("resident", sa.Column("unreachable_since", MOMENT, comment=since))
    op.add_column("resident", sa.Column("unreachable_code", sa.Integer(), comment="Twilio's code for why"))


def downgrade() -> None:
    """Drop them."""
    for column in ("unreachable_code", "unreachable_since"):
        op.drop_column("resident", column)
    for column in ("not_before", "sent_as", "template"):
        op.drop_column("message", column)
    op.drop_table("message_template")
