"""By which definitions the FHIR server's resources are indexed."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "fhir_indexed",
        sa.Column("type", sa.String(64), nullable=False),
        sa.Column(
            "fingerprint", sa.String(64), nullable=False, comment="of the definition its resources are indexed by"
        ),
        sa.PrimaryKeyConstraint("type", name="pk_fhir_indexed"),
        comment="How each resource type was indexed last: an update that indexes it otherwise does it anew",
    )
    for table in ("fhir_resource", "fhir_version"):
        op.alter_column(table, "sealed", comment="the JSON of what speaks of a person, encrypted")


def downgrade() -> None:
    for table in ("fhir_resource", "fhir_version"):
        op.alter_column(table, "sealed", comment="the JSON of a person, encrypted")
    op.drop_table("fhir_indexed")
