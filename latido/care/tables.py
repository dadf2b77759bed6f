"""What care keeps beside the FHIR server: consent, a coarse place, and what makes repeated requests harmless."""

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

# Who is booking or holds a live appointment for a service: one row per person while it lasts. The FHIR server is the
# record; this row keeps two bookings of one person from being made at the same moment.
booking_claims = sa.Table(
    "care_booking_claim",
    metadata,
    sa.Column("patient_key", sa.Text, primary_key=True),
    sa.Column("service", sa.Text, primary_key=True),
    sa.Column("booking_key", sa.Text, nullable=False),
    sa.Column("claimed_at", _moment, nullable=False),
)
