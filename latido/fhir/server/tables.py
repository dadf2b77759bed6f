"""The FHIR server's tables: current resources, earlier versions, and typed indexes for searches.

`state` and `moment` (a Slot's status and start, an Appointment's likewise) stand beside the resource and beside each
of its references, so that "the free slots of this schedule from now on" is one range of one index.
"""

from sqlalchemy import (
    DDL,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    event,
    text,
)

from latido.database import metadata

ONE_FORM = "(content IS NULL) <> (sealed IS NULL)"
UNIQUE_RESOURCE = "uq_fhir_resource_type_id"
UNIQUE_LIVE_SEAT = "ix_fhir_slot_occupancy_live"


def _key() -> Column[int]:
    return Column("resource_key", BigInteger, ForeignKey("fhir_resource.key", ondelete="CASCADE"), nullable=False)


def _stored() -> list[Column[object]]:
    return [
        Column("type", String(64), nullable=False),
        Column("id", String(64), nullable=False),
        Column("version", Integer, nullable=False),
        Column("last_updated", DateTime(timezone=True), nullable=False),
        Column("content", Text, comment="the JSON, unless the type is sealed"),
        Column("sealed", LargeBinary, comment="the JSON of what speaks of a person, encrypted"),
    ]


resource = Table(
    "fhir_resource",
    metadata,
    Column("key", BigInteger, Identity(), primary_key=True),
    *_stored(),
    Column("state", String(32), comment="the status code that searches go by"),
    Column("moment", DateTime(timezone=True), comment="the start that searches go by"),
    UniqueConstraint("type", "id", name=UNIQUE_RESOURCE),
    CheckConstraint(ONE_FORM, name="one_form"),
    Index("ix_fhir_resource_type_state_moment", "type", "state", "moment"),
    Index("ix_fhir_resource_type_moment", "type", "moment"),
    Index("ix_fhir_resource_type_last_updated", "type", "last_updated", "key"),
    Index("ix_fhir_resource_type_key", "type", "key"),
    comment="FHIR resources, the current version of each",
)

version = Table(
    "fhir_version",
    metadata,
    *_stored(),
    PrimaryKeyConstraint("type", "id", "version"),
    Index("ix_fhir_version_type_last_updated", "type", "last_updated"),
    CheckConstraint(ONE_FORM, name="one_form"),
    comment="FHIR resources, their earlier versions",
)

token = Table(
    "fhir_token",
    metadata,
    _key(),
    Column("type", String(64), nullable=False),
    Column("parameter", String(64), nullable=False),
    Column("system", Text, nullable=False, comment="empty: none"),
    Column("code", Text, nullable=False, comment="of a sealed type: a keyed hash"),
    PrimaryKeyConstraint("resource_key", "parameter", "system", "code"),
    Index("ix_fhir_token_lookup", "type", "parameter", "code", "system"),
    comment="Codes and identifiers that searches look for",
)

reference = Table(
    "fhir_reference",
    metadata,
    _key(),
    Column("type", String(64), nullable=False),
    Column("parameter", String(64), nullable=False),
    Column("target_type", String(64), nullable=False),
    Column("target_id", Text, nullable=False, comment="the whole URL when it lies on another server"),
    Column("state", String(32)),
    Column("moment", DateTime(timezone=True)),
    PrimaryKeyConstraint("resource_key", "parameter", "target_type", "target_id"),
    # In the order of time, so that the next free slots of an agenda are the first entries of a range.
    Index(
        "ix_fhir_reference_moment",
        "type",
        "parameter",
        "target_type",
        "target_id",
        "moment",
        "resource_key",
        postgresql_include=["state"],
    ),
    comment="Which resource points at which",
)

date = Table(
    "fhir_date",
    metadata,
    _key(),
    Column("type", String(64), nullable=False),
    Column("parameter", String(64), nullable=False),
    Column("low", DateTime(timezone=True), nullable=False),
    Column("high", DateTime(timezone=True), nullable=False, comment="excluded"),
    PrimaryKeyConstraint("resource_key", "parameter", "low", "high"),
    Index("ix_fhir_date_lookup", "type", "parameter", "low", "high"),
    comment="Periods and dates that searches look for",
)

string = Table(
    "fhir_string",
    metadata,
    _key(),
    Column("type", String(64), nullable=False),
    Column("parameter", String(64), nullable=False),
    Column("value", Text(collation="C"), nullable=False, comment="lower case, without accents"),
    PrimaryKeyConstraint("resource_key", "parameter", "value"),
    Index("ix_fhir_string_lookup", "type", "parameter", "value"),
    comment="Names and addresses that searches look for",
)

position = Table(
    "fhir_position",
    metadata,
    Column(
        "resource_key",
        BigInteger,
        ForeignKey("fhir_resource.key", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("type", String(64), nullable=False),
    Column("latitude", Float, nullable=False),
    Column("longitude", Float, nullable=False),
    Index("ix_fhir_position_lookup", "type", "latitude", "longitude"),
    comment="Where places are, WGS84 degrees",
)

slot_occupancy = Table(
    "fhir_slot_occupancy",
    metadata,
    Column("appointment_id", String(64), nullable=False),
    Column("slot_id", Text, nullable=False),
    Column("seat", SmallInteger, nullable=False, server_default=text("0"), comment="0 unless a slot holds several"),
    Column("live", Boolean, nullable=False),
    PrimaryKeyConstraint("appointment_id", "slot_id"),
    Index(UNIQUE_LIVE_SEAT, "slot_id", "seat", unique=True, postgresql_where=text("live")),
    comment="Which appointment holds which slot: the guard against booking one twice",
)

indexed = Table(
    "fhir_indexed",
    metadata,
    Column("type", String(64), primary_key=True),
    Column("fingerprint", String(64), nullable=False, comment="of the definition its resources are indexed by"),
    comment="How each resource type was indexed last: an update that indexes it otherwise does it anew",
)

# Without these Postgres takes type, parameter and system for independent, and rare types for absent: it thinks that
# hardly any row fits, and reads and sorts all where the first few of an index would do, or goes over all many times.
STATISTICS = {
    token: ("CREATE STATISTICS st_fhir_token (dependencies, mcv) ON type, parameter, system FROM fhir_token",),
    reference: (
        "CREATE STATISTICS st_fhir_reference (dependencies, mcv) ON type, parameter, target_type FROM fhir_reference",
        "ALTER TABLE fhir_reference ALTER COLUMN type SET STATISTICS 1000",
    ),
    resource: (
        "CREATE STATISTICS st_fhir_resource (mcv) ON type, state FROM fhir_resource",
        "ALTER TABLE fhir_resource ALTER COLUMN type SET STATISTICS 1000",
    ),
}
for _table, _statements in STATISTICS.items():
    for _statement in _statements:
        event.listen(_table, "after_create", DDL(_statement))  # type: ignore[no-untyped-call]

INDEX_TABLES = (token, reference, date, string, position)
