"""Pictures that a message carries, for as long as they may be fetched."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """The table of pictures."""
    op.create_table(
        "picture",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("resident", sa.String(32), nullable=False),
        sa.Column("made_for", sa.Text(), nullable=False, comment="the request it answers: asked twice, it is one"),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False, comment="the PNG, encrypted"),
        sa.Column("token_hash", sa.String(64), nullable=False, comment="SHA-256 of the token in its address"),
        sa.Column(
            "token_sealed", sa.LargeBinary(), nullable=False, comment="the token, for the one who sends the address"
        ),
        sa.Column("expires_at", MOMENT, comment="until when it may be fetched; none: not sent yet"),
        sa.Column("fetched", sa.SmallInteger(), nullable=False, server_default="0"),
        sa.Column("created_at", MOMENT, nullable=False, server_default=sa.func.now()),
        sa.ForeignKeyConstraint(
            ["resident"], ["resident.key"], name="fk_picture_resident_resident", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_picture"),
        sa.UniqueConstraint("resident", "made_for", name="uq_picture_resident_made_for"),
        sa.UniqueConstraint("token_hash", name="uq_picture_token_hash"),
        comment="Pictures on their way to WhatsApp; forgotten within hours",
    )
    op.create_index("ix_picture_created_at", "picture", ["created_at"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("picture")
