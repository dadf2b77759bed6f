"""Run the migrations on the URL given by `latido.database.migrate`, one process at a time."""

from alembic import context
from sqlalchemy import text

from latido.database import create_engine
from latido.schema import metadata

MIGRATION_LOCK = 7_142_001

config = context.config

engine = create_engine(config.attributes["url"], pool_size=1)
with engine.connect() as connection:
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
    context.configure(connection=connection, target_metadata=metadata, compare_type=True, compare_server_default=True)
    context.run_migrations()
    connection.commit()
engine.dispose()
