"""Keys that stay when the secret is replaced."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TIMESTAMP

revision = "0030"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A place for them; what is there already is kept there by the first process that needs them."""
    op.create_table(
        "lasting_key",
        sa.Column("id", sa.SmallInteger(), autoincrement=False, nullable=False, comment="always 1: there is one row"),
        sa.Column(
            "keys_sealed",
            sa.LargeBinary(),
            nullable=False,
            comment="what names residents and finds documents, encrypted",
        ),
        sa.Column("since", TIMESTAMP(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_lasting_key_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lasting_key")),
        comment="Keys that stay when LATIDO_SECRET_KEY is replaced",
    )


def downgrade() -> None:
    """Refuses once there are some: without them nobody would be known any more."""
    if op.get_bind().execute(sa.text("SELECT 1 FROM lasting_key")).first():
        raise RuntimeError("lasting_key names every resident: without it nobody would be known. Keep revision 0030")
    op.drop_table("lasting_key")
