"""How far the desk's changes were read, what was known of each appointment, and what became of each change."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TIMESTAMP

from latido.database import metadata

_moment = TIMESTAMP(timezone=True)

marks = sa.Table(
    "care_desk_mark",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("read_until", _moment, nullable=False, comment="on the FHIR server's clock"),
    sa.Column("lease_until", _moment, comment="one worker reads at a time"),
    comment="How far the FHIR server's changes have been read",
)

known = sa.Table(
    "care_desk_known",
    metadata,
    sa.Column("appointment_id", sa.Text, primary_key=True),
    sa.Column("resident", sa.Text, nullable=False),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("starts_at", _moment),
    sa.Column("place", sa.Text, comment="reference of its Location"),
    sa.Column("seen_at", _moment, nullable=False),
    sa.Index("ix_care_desk_known_resident", "resident"),
    comment="A resident's appointment as it was read last",
)

changes = sa.Table(
    "care_desk_change",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("appointment_id", sa.Text, nullable=False),
    sa.Column("version", sa.Text, nullable=False, comment="of the appointment that shows the change"),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("resident", sa.Text, nullable=False),
    sa.Column("for_whom", sa.Text, nullable=False, comment="her role among the resident's people: self, child-1"),
    sa.Column("service", sa.Text),
    sa.Column("before_at", _moment, comment="the start she knew of"),
    sa.Column("starts_at", _moment),
    sa.Column("place_before", sa.Text),
    sa.Column("place", sa.Text),
    sa.Column("center_number", sa.Integer),
    sa.Column("tell", sa.Boolean, nullable=False, comment="false: she need not hear of it"),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("found_at", _moment, nullable=False),
    sa.Column("due_at", _moment, nullable=False, comment="when to settle it: Latido's own writes are recorded by then"),
    sa.Column("settled_at", _moment),
    sa.UniqueConstraint("appointment_id", "version", "kind"),
    sa.CheckConstraint("kind IN ('cancelled', 'moved', 'booked', 'noshow', 'fulfilled')", name="kind"),
    sa.CheckConstraint("state IN ('open', 'told', 'alerted', 'silent', 'ours')", name="state"),
    sa.Index("ix_care_desk_change_due", "due_at", postgresql_where=sa.text("state = 'open'")),
    sa.Index("ix_care_desk_change_resident", "resident"),
    comment="What somebody else than Latido changed of a resident's appointment, and whether she was told",
)
