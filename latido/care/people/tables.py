"""The people of a phone: Latido's own working record of what a resident told (docs/adr/0013-people-of-a-phone.md).

Names, dates and weeks, and why a pregnancy ended, are sealed.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TIMESTAMP

from latido.database import metadata

_moment = TIMESTAMP(timezone=True)

people = sa.Table(
    "care_person",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("resident", sa.Text, nullable=False),
    sa.Column(
        "role", sa.Text, nullable=False, comment="who of her people: self, other-1, child-1; as the FHIR Patient's"
    ),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("details_sealed", sa.LargeBinary, nullable=False, comment="given name, birth date"),
    sa.Column("created_at", _moment, nullable=False),
    sa.Column("changed_at", _moment, nullable=False),
    sa.Column("stop_id", sa.Text, comment="what was stopped by one message is undone together"),
    sa.UniqueConstraint("resident", "role"),
    sa.CheckConstraint("kind IN ('adult', 'child')", name="kind"),
    sa.CheckConstraint("state IN ('live', 'stopped', 'forgotten')", name="state"),
    comment="Who a resident told us of",
)

pregnancies = sa.Table(
    "care_pregnancy",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("resident", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False, comment="whose"),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("details_sealed", sa.LargeBinary, nullable=False, comment="weeks and how they are known, why it ended"),
    sa.Column("began_at", _moment, nullable=False, comment="when she told us"),
    sa.Column("ended_at", _moment),
    sa.Column("stop_id", sa.Text, comment="what was stopped by one message is undone together"),
    sa.CheckConstraint("state IN ('ongoing', 'ended')", name="state"),
    sa.CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name="ended"),
    sa.Index("ix_care_pregnancy_person", "resident", "role"),
    comment="A pregnancy a resident told us of",
)
# One at a time, whatever two processes do at once.
sa.Index(
    "ux_care_pregnancy_ongoing",
    pregnancies.c.resident,
    pregnancies.c.role,
    unique=True,
    postgresql_where=pregnancies.c.state == "ongoing",
)
