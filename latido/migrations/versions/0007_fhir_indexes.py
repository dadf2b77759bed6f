"""FHIR: indexes in the order that searches and histories walk, and statistics that tell Postgres what goes together."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_fhir_resource_type_key", "fhir_resource", ["type", "key"])
    op.create_index("ix_fhir_version_type_last_updated", "fhir_version", ["type", "last_updated"])
    op.create_index(
        "ix_fhir_reference_moment",
        "fhir_reference",
        ["type", "parameter", "target_type", "target_id", "moment", "resource_key"],
        postgresql_include=["state"],
    )
    op.drop_index("ix_fhir_reference_lookup", table_name="fhir_reference")
    op.execute("CREATE STATISTICS st_fhir_token (dependencies, mcv) ON type, parameter, system FROM fhir_token")
    op.execute(
        "CREATE STATISTICS st_fhir_reference (dependencies, mcv) ON type, parameter, target_type FROM fhir_reference"
    )
    op.execute("CREATE STATISTICS st_fhir_resource (mcv) ON type, state FROM fhir_resource")
    op.execute("ALTER TABLE fhir_resource ALTER COLUMN type SET STATISTICS 1000")
    op.execute("ALTER TABLE fhir_reference ALTER COLUMN type SET STATISTICS 1000")
    op.execute("ANALYZE fhir_token, fhir_reference, fhir_resource")


def downgrade() -> None:
    for name in ("st_fhir_token", "st_fhir_reference", "st_fhir_resource"):
        op.execute(f"DROP STATISTICS {name}")
    op.execute("ALTER TABLE fhir_resource ALTER COLUMN type SET STATISTICS -1")
    op.execute("ALTER TABLE fhir_reference ALTER COLUMN type SET STATISTICS -1")
    op.create_index(
        "ix_fhir_reference_lookup",
        "fhir_reference",
        ["type", "parameter", "target_type", "target_id", "state", "moment"],
    )
    op.drop_index("ix_fhir_reference_moment", table_name="fhir_reference")
    op.drop_index("ix_fhir_version_type_last_updated", table_name="fhir_version")
    op.drop_index("ix_fhir_resource_type_key", table_name="fhir_resource")
