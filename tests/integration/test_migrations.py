"""The migrations build exactly the schema the code declares, and can be taken back."""

from __future__ import annotations

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from latido.database import alembic_config, create_engine, migrate
from latido.schema import metadata


def test_all_migrations_together_equal_the_declared_tables(fresh_database: str) -> None:
    migrate(fresh_database)
    engine = create_engine(fresh_database, pool_size=1)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()
    command.downgrade(alembic_config(fresh_database), "base")
    migrate(fresh_database)
