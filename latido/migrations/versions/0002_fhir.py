"""fhir: resources, their versions, search indexes, and who holds which slot."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _create_fhir_resource()
    _create_fhir_slot_occupancy()
    _create_fhir_version()
    _create_fhir_date()
    _create_fhir_position()
    _create_fhir_reference()
    _create_fhir_string()
    _create_fhir_token()


def _create_fhir_resource() -> None:
    op.create_table(
        "fhir_resource",
        sa.Column("key", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("last_updated", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.Text(), nullable=True, comment="the JSON, unless the type is sealed"),
        sa.Column("sealed", sa.LargeBinary(), nullable=True, comment="the JSON of a person, encrypted"),
        sa.Column("state", sa.String(length=32), nullable=True, comment="the status code that searches go by"),
        sa.Column("moment", sa.DateTime(timezone=True), nullable=True, comment="the start that searches go by"),
        sa.CheckConstraint("(content IS NULL) <> (sealed IS NULL)", name=op.f("ck_fhir_resource_one_form")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_fhir_resource")),
        sa.UniqueConstraint("type", "id", name="uq_fhir_resource_type_id"),
        comment="FHIR resources, the current version of each",
    )
    op.create_index(
        "ix_fhir_resource_type_last_updated", "fhir_resource", ["type", "last_updated", "key"], unique=False
    )
    op.create_index("ix_fhir_resource_type_moment", "fhir_resource", ["type", "moment"], unique=False)
    op.create_index("ix_fhir_resource_type_state_moment", "fhir_resource", ["type", "state", "moment"], unique=False)


def _create_fhir_slot_occupancy() -> None:
    op.create_table(
        "fhir_slot_occupancy",
        sa.Column("appointment_id", sa.String(length=64), nullable=False),
        sa.Column("slot_id", sa.Text(), nullable=False),
        sa.Column(
            "seat",
            sa.SmallInteger(),
            server_default=sa.text("0"),
            nullable=False,
            comment="0 unless a slot holds several",
        ),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("appointment_id", "slot_id", name=op.f("pk_fhir_slot_occupancy")),
        comment="Which appointment holds which slot: the guard against booking one twice",
    )
    op.create_index(
        "ix_fhir_slot_occupancy_live",
        "fhir_slot_occupancy",
        ["slot_id", "seat"],
        unique=True,
        postgresql_where=sa.text("live"),
    )


def _create_fhir_version() -> None:
    op.create_table(
        "fhir_version",
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("last_updated", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", sa.Text(), nullable=True, comment="the JSON, unless the type is sealed"),
        sa.Column("sealed", sa.LargeBinary(), nullable=True, comment="the JSON of a person, encrypted"),
        sa.CheckConstraint("(content IS NULL) <> (sealed IS NULL)", name=op.f("ck_fhir_version_one_form")),
        sa.PrimaryKeyConstraint("type", "id", "version", name=op.f("pk_fhir_version")),
        comment="FHIR resources, their earlier versions",
    )


def _create_fhir_date() -> None:
    op.create_table(
        "fhir_date",
        sa.Column("resource_key", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("parameter", sa.String(length=64), nullable=False),
        sa.Column("low", sa.DateTime(timezone=True), nullable=False),
        sa.Column("high", sa.DateTime(timezone=True), nullable=False, comment="excluded"),
        sa.ForeignKeyConstraint(
            ["resource_key"],
            ["fhir_resource.key"],
            name=op.f("fk_fhir_date_resource_key_fhir_resource"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("resource_key", "parameter", "low", "high", name=op.f("pk_fhir_date")),
        comment="Periods and dates that searches look for",
    )
    op.create_index("ix_fhir_date_lookup", "fhir_date", ["type", "parameter", "low", "high"], unique=False)


def _create_fhir_position() -> None:
    op.create_table(
        "fhir_position",
        sa.Column("resource_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("latitude", sa.Float(), nullable=False),
        sa.Column("longitude", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["resource_key"],
            ["fhir_resource.key"],
            name=op.f("fk_fhir_position_resource_key_fhir_resource"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("resource_key", name=op.f("pk_fhir_position")),
        comment="Where places are, WGS84 degrees",
    )
    op.create_index("ix_fhir_position_lookup", "fhir_position", ["type", "latitude", "longitude"], unique=False)


def _create_fhir_reference() -> None:
    op.create_table(
        "fhir_reference",
        sa.Column("resource_key", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("parameter", sa.String(length=64), nullable=False),
        sa.Column("target_type", sa.String(length=64), nullable=False),
        sa.Column("target_id", sa.Text(), nullable=False, comment="the whole URL when it lies on another server"),
        sa.Column("state", sa.String(length=32), nullable=True),
        sa.Column("moment", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["resource_key"],
            ["fhir_resource.key"],
            name=op.f("fk_fhir_reference_resource_key_fhir_resource"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "resource_key", "parameter", "target_type", "target_id", name=op.f("pk_fhir_reference")
        ),
        comment="Which resource points at which",
    )
    op.create_index(
        "ix_fhir_reference_lookup",
        "fhir_reference",
        ["type", "parameter", "target_type", "target_id", "state", "moment"],
        unique=False,
    )


def _create_fhir_string() -> None:
    op.create_table(
        "fhir_string",
        sa.Column("resource_key", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("parameter", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(collation="C"), nullable=False, comment="lower case, without accents"),
        sa.ForeignKeyConstraint(
            ["resource_key"],
            ["fhir_resource.key"],
            name=op.f("fk_fhir_string_resource_key_fhir_resource"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("resource_key", "parameter", "value", name=op.f("pk_fhir_string")),
        comment="Names and addresses that searches look for",
    )
    op.create_index("ix_fhir_string_lookup", "fhir_string", ["type", "parameter", "value"], unique=False)


def _create_fhir_token() -> None:
    op.create_table(
        "fhir_token",
        sa.Column("resource_key", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("parameter", sa.String(length=64), nullable=False),
        sa.Column("system", sa.Text(), nullable=False, comment="empty: none"),
        sa.Column("code", sa.Text(), nullable=False, comment="of a sealed type: a keyed hash"),
        sa.ForeignKeyConstraint(
            ["resource_key"],
            ["fhir_resource.key"],
            name=op.f("fk_fhir_token_resource_key_fhir_resource"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("resource_key", "parameter", "system", "code", name=op.f("pk_fhir_token")),
        comment="Codes and identifiers that searches look for",
    )
    op.create_index("ix_fhir_token_lookup", "fhir_token", ["type", "parameter", "code", "system"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_fhir_token_lookup", table_name="fhir_token")
    op.drop_table("fhir_token")
    op.drop_index("ix_fhir_string_lookup", table_name="fhir_string")
    op.drop_table("fhir_string")
    op.drop_index("ix_fhir_reference_lookup", table_name="fhir_reference")
    op.drop_table("fhir_reference")
    op.drop_index("ix_fhir_position_lookup", table_name="fhir_position")
    op.drop_table("fhir_position")
    op.drop_index("ix_fhir_date_lookup", table_name="fhir_date")
    op.drop_table("fhir_date")
    op.drop_table("fhir_version")
    op.drop_index("ix_fhir_slot_occupancy_live", table_name="fhir_slot_occupancy", postgresql_where=sa.text("live"))
    op.drop_table("fhir_slot_occupancy")
    op.drop_index("ix_fhir_resource_type_state_moment", table_name="fhir_resource")
    op.drop_index("ix_fhir_resource_type_moment", table_name="fhir_resource")
    op.drop_index("ix_fhir_resource_type_last_updated", table_name="fhir_resource")
    op.drop_table("fhir_resource")
