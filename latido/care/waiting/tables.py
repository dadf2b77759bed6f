"""The waiting list's tables: who waits, what each was offered, and how it was decided.

What tells of her health, beyond class and weeks, or of where she is, beyond the neighbourhood, is sealed.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

from latido.database import metadata

_moment = TIMESTAMP(timezone=True)

entries = sa.Table(
    "care_waiting_entry",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("resident", sa.Text, nullable=False),
    sa.Column("patient_key", sa.Text, nullable=False, comment="the resident and which of her people"),
    sa.Column("service", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("priority_class", sa.Text, nullable=False),
    sa.Column("weeks", sa.SmallInteger, comment="upper bound of the completed weeks on weeks_as_of"),
    sa.Column("weeks_as_of", sa.Date),
    sa.Column("center_number", sa.Integer, comment="the only centre she wants"),
    sa.Column("area", sa.Text, comment="her neighbourhood, for operators"),
    sa.Column("details_sealed", sa.LargeBinary, nullable=False, comment="answers, coarse place, who it is for"),
    sa.Column("patient_id", sa.Text, nullable=False),
    sa.Column("since", _moment, nullable=False),
    sa.Column("ends_at", _moment, nullable=False),
    sa.Column("unreachable_since", _moment, comment="she was first, but WhatsApp's 24 hours were over: somebody calls"),
    sa.Column("shown_on_server", sa.Text, nullable=False, server_default="none", comment="none, waiting or ended"),
    sa.Column("ended_at", _moment),
    sa.Column("ended_why", sa.Text),
    sa.CheckConstraint("state IN ('waiting', 'offered', 'booked', 'left', 'ended')", name="state"),
    sa.CheckConstraint("shown_on_server IN ('none', 'waiting', 'ended')", name="shown_on_server"),
    comment="Who waits for a slot",
)
# One live entry a person and service, whatever two processes do at once.
sa.Index(
    "ux_care_waiting_entry_live",
    entries.c.patient_key,
    entries.c.service,
    unique=True,
    postgresql_where=entries.c.state.in_(("waiting", "offered")),
)
sa.Index("ix_care_waiting_entry_resident", entries.c.resident)
sa.Index(
    "ix_care_waiting_entry_unshown",
    entries.c.id,
    postgresql_where=sa.text(
        "shown_on_server <> CASE WHEN state IN ('waiting', 'offered') THEN 'waiting' ELSE 'ended' END"
    ),
)

decisions = sa.Table(
    "care_waiting_decision",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("slot_id", sa.Text, nullable=False),
    sa.Column("slot_start", _moment, nullable=False),
    sa.Column("center_number", sa.Integer, nullable=False),
    sa.Column("service", sa.Text, nullable=False),
    sa.Column("decided_at", _moment, nullable=False),
    sa.Column("rule_set", sa.Text, nullable=False),
    sa.Column("chosen", sa.Text, sa.ForeignKey("care_waiting_entry.id"), comment="null: nobody"),
    sa.Column("considered", JSONB, nullable=False, comment="in order: entry, class, weeks, days, metres, reason"),
    comment="Who was offered a slot and why; class and weeks are all it tells of anybody's health",
)
sa.Index("ix_care_waiting_decision_slot", decisions.c.slot_id, decisions.c.id)

offers = sa.Table(
    "care_waiting_offer",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("entry_id", sa.Text, sa.ForeignKey("care_waiting_entry.id"), nullable=False),
    sa.Column("decision_id", sa.BigInteger, sa.ForeignKey("care_waiting_decision.id"), nullable=False),
    sa.Column("slot_id", sa.Text, nullable=False),
    sa.Column("slot_start", _moment, nullable=False),
    sa.Column("center_number", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("minutes", sa.SmallInteger, nullable=False, comment="how long the slot is held for her"),
    sa.Column("hold_id", sa.Text, comment="the Appointment that holds it"),
    sa.Column("begun_at", _moment, nullable=False),
    sa.Column("looked_at", _moment, nullable=False, comment="when a worker last took it in hand"),
    sa.Column("told_at", _moment),
    sa.Column("expires_at", _moment),
    sa.Column("settled_at", _moment),
    sa.CheckConstraint(
        "state IN ('holding', 'open', 'accepted', 'declined', 'expired', 'withdrawn', 'lost')", name="state"
    ),
    comment="A slot held for one who waits: holding, open (she was told), then how it ended",
)
_OPEN = offers.c.state.in_(("holding", "open"))
# Two workers may decide at once; these let one of them win, by slot and by person.
sa.Index("ux_care_waiting_offer_slot", offers.c.slot_id, unique=True, postgresql_where=_OPEN)
sa.Index("ux_care_waiting_offer_entry", offers.c.entry_id, unique=True, postgresql_where=_OPEN)
# Each slot is offered to each at most once.
sa.Index(
    "ux_care_waiting_offer_once",
    offers.c.entry_id,
    offers.c.slot_id,
    unique=True,
    postgresql_where=offers.c.told_at.is_not(None),
)

# A hint that a slot became free; the sweep would find it anyway, and records also that nobody could take it.
releases = sa.Table(
    "care_waiting_release",
    metadata,
    sa.Column("slot_id", sa.Text, primary_key=True),
    sa.Column("released_at", _moment, nullable=False),
)
