"""The Postgres side shared by all parts: one metadata, one way to make an engine, one way to migrate."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, MetaData, make_url, text
from sqlalchemy import create_engine as sqlalchemy_create_engine

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def create_engine(url: str, pool_size: int = 10) -> Engine:
    """A pooled engine on psycopg 3, in UTC, which checks a connection before use (a restarted server is survived)."""
    parsed = make_url(url)
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    return sqlalchemy_create_engine(
        parsed,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        hide_parameters=True,  # an error message must not carry what a resident wrote
        connect_args={"connect_timeout": 5, "options": "-c timezone=utc"},
    )


def migrate(url: str) -> None:
    """Bring the database at `url` to the newest schema; safe to call from several processes at once."""
    command.upgrade(alembic_config(url), "head")


def analyze(engine: Engine) -> None:
    """Let Postgres count what it holds: right after a large load its plans are many times slower without."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def alembic_config(url: str) -> Config:
    """Alembic's configuration for the migrations that ship with the package."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["url"] = url
    return config
