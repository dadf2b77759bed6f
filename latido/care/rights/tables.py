"""What her rights need to keep: what is being erased, and her opinions, sealed."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TIMESTAMP

from latido.database import metadata

_moment = TIMESTAMP(timezone=True)

erasures = sa.Table(
    "care_erasure",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("resident", sa.Text, nullable=False),
    sa.Column("asked_at", _moment, nullable=False),
    sa.Column("finished_at", _moment, comment="messages and the dialogue's memory are gone too"),
    comment="Who asked to be forgotten, and when it was done",
)
sa.Index("ix_care_erasure_open", erasures.c.resident, postgresql_where=erasures.c.finished_at.is_(None))

feedback = sa.Table(
    "care_feedback",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("resident", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("center_number", sa.Integer),
    sa.Column("text_sealed", sa.LargeBinary, nullable=False),
    sa.Column("created_at", _moment, nullable=False),
    sa.CheckConstraint("kind IN ('praise', 'complaint', 'other')", name="kind"),
    comment="What residents think of the service or a centre",
)
sa.Index("ix_care_feedback_resident", feedback.c.resident)
