"""What care keeps beside the FHIR server: consent, a coarse place, what makes repeats harmless, and the ledger."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import TIMESTAMP

from latido.database import metadata

_moment = TIMESTAMP(timezone=True)

consents = sa.Table(
    "care_consent",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("resident", sa.Text, nullable=False),
    sa.Column("scope", sa.Text, nullable=False),
    sa.Column("version", sa.Text, nullable=False),
    sa.Column("given_at", _moment, nullable=False),
    sa.Column("withdrawn_at", _moment),
)
# Giving the same consent twice is one consent; after a withdrawal it may be given anew.
sa.Index(
    "ux_care_consent_standing",
    consents.c.resident,
    consents.c.scope,
    consents.c.version,
    unique=True,
    postgresql_where=consents.c.withdrawn_at.is_(None),
)

resident_places = sa.Table(
    "care_resident_place",
    metadata,
    sa.Column("resident", sa.Text, primary_key=True),
    sa.Column("label", sa.Text, nullable=False),
    sa.Column("latitude", sa.Float(53), nullable=False),
    sa.Column("longitude", sa.Float(53), nullable=False),
    sa.Column("updated_at", _moment, nullable=False),
)

silences = sa.Table(
    "care_silence",
    metadata,
    sa.Column("resident", sa.Text, primary_key=True),
    sa.Column("since", _moment, nullable=False),
    comment="Who asked to be written to only in answer",
)

# A write that was begun, and its answer once there is one; the request is kept as a keyed hash only.
idempotency = sa.Table(
    "care_idempotency",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("operation", sa.Text, nullable=False),
    sa.Column("request_hash", sa.Text, nullable=False),
    sa.Column("sealed_response", sa.LargeBinary),
    sa.Column("created_at", _moment, nullable=False),
    sa.Column("completed_at", _moment),
)
sa.Index("ix_care_idempotency_created_at", idempotency.c.created_at)

# One row a booking, written before the FHIR server is asked (docs/adr/0010-booking-ledger.md). The server is the record
# of appointments; this says what was being done when a process died, and keeps a person from holding two of one kind.
bookings = sa.Table(
    "care_booking",
    metadata,
    sa.Column("booking_key", sa.Text, primary_key=True),
    sa.Column("resident", sa.Text, nullable=False),
    sa.Column("patient_key", sa.Text, nullable=False, comment="the resident and which of her people"),
    sa.Column("service", sa.Text, nullable=False),
    sa.Column("pregnancy_window", sa.Text, nullable=False),
    sa.Column("slot_id", sa.Text, nullable=False),
    sa.Column("starts_at", _moment, nullable=False),
    sa.Column("appointment_id", sa.Text),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("origin", sa.Text, nullable=False, comment="resident or waiting_list"),
    sa.Column("replacing", sa.Boolean, nullable=False, comment="stands beside the one it is to replace"),
    sa.Column("replaces", sa.Text, comment="id of the Appointment that ends when this one is booked"),
    sa.Column("expires_at", _moment, comment="of a hold"),
    sa.Column("attendance", sa.Text, comment="her answer to a reminder"),
    sa.Column("ended_why", sa.Text),
    sa.Column("told_visit", sa.Text, comment="what she told: went or not_went"),
    sa.Column("told_visit_at", _moment),
    sa.Column("looked_at", _moment, nullable=False, comment="when the sweep last looked, or it was begun"),
    sa.Column("created_at", _moment, nullable=False),
    sa.CheckConstraint("state IN ('placing', 'held', 'booked', 'ended')", name="state"),
    sa.CheckConstraint("told_visit IN ('went', 'not_went')", name="told_visit"),
    comment="What Latido is booking or has booked: the guard of one live appointment a person and window",
)
sa.Index(
    "ux_care_booking_standing",
    bookings.c.patient_key,
    bookings.c.service,
    bookings.c.pregnancy_window,
    bookings.c.replacing,
    unique=True,
    postgresql_where=bookings.c.state != "ended",
)
sa.Index("ix_care_booking_appointment", bookings.c.appointment_id)
sa.Index("ix_care_booking_resident", bookings.c.resident)
sa.Index("ix_care_booking_open", bookings.c.looked_at, postgresql_where=bookings.c.state != "ended")
