"""The Postgres side shared by all parts: one metadata, one way to make an engine, one way to migrate."""

from __future__ import annotations

import logging
import time
from pathlib import Path
from typing import Any

import psycopg
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, MetaData, event, make_url, text
from sqlalchemy import create_engine as sqlalchemy_create_engine
from sqlalchemy.exc import DisconnectionError

from latido.refusals import note_refusal

logger = logging.getLogger(__name__)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


# A connection used so shortly before needs no check: one that breaks meanwhile fails its statement, as any may.
TRUSTED_FOR_SECONDS = 1.0
# A network that falls silent ends nothing by itself: a thread would wait a quarter of an hour for its answer, and for
# two hours Postgres would keep the locks of a worker that is gone. Both sides notice in less time than a lease lasts.
# What the URL says counts instead; sockets of this machine ignore it.
NOTICE_A_DEAD_SERVER = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,  # milliseconds; what was sent and not acknowledged (Linux)
}
NOTICE_A_DEAD_CLIENT = {
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "20s",
    # Of a client that lives but stands still in the middle of a transaction: it holds the lane of a resident.
    "idle_in_transaction_session_timeout": "60s",
}


def create_engine(url: str, pool_size: int = 10, lock_seconds: float | None = None) -> Engine:
    """A pooled engine on psycopg 3, in UTC, which checks a connection that has rested (a restarted server is survived).

    SQLAlchemy's own check before every use is a round trip more for each statement of a turn. A statement that waits
    longer than `lock_seconds` for somebody's lock fails; None: it waits.
    """
    parsed = make_url(url)
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    engine = sqlalchemy_create_engine(
        parsed,
        pool_size=pool_size,
        max_overflow=pool_size,
        # The connection used last comes first: it needs no check, and those that are too many grow old.
        pool_use_lifo=True,
        hide_parameters=True,  # an error message must not carry what a resident wrote
        connect_args={
            "connect_timeout": 5,
            **{name: value for name, value in NOTICE_A_DEAD_SERVER.items() if name not in parsed.query},
            "options": _session_options(lock_seconds, str(parsed.query.get("options", ""))),
        },
    )
    event.listen(engine, "checkin", _note_use)
    event.listen(engine, "checkout", _check_rested)
    event.listen(engine, "handle_error", note_refusal)
    return engine


def _session_options(lock_seconds: float | None, given: str) -> str:
    values = {"timezone": "utc", **NOTICE_A_DEAD_CLIENT}
    if lock_seconds is not None:
        values["lock_timeout"] = f"{round(lock_seconds * 1000)}ms"
    return " ".join([*(f"-c {name}={value}" for name, value in values.items()), given]).strip()


def _note_use(connection: Any, record: Any) -> None:
    record.info["used_at"] = time.monotonic()


def _check_rested(connection: Any, record: Any, proxy: Any) -> None:
    """Ask a connection that has rested whether it still stands; DisconnectionError lets the pool open another."""
    rested = time.monotonic() - record.info.get("used_at", time.monotonic())
    if rested < TRUSTED_FOR_SECONDS:
        return
    try:
        connection.autocommit = True  # no transaction is begun for it
        connection.execute("")
    except psycopg.Error as error:
        raise DisconnectionError("the server ended this connection") from error
    finally:
        if not connection.closed:
            connection.autocommit = False


def migrate(url: str) -> None:
    """Bring the database at `url` to the newest schema; safe to call from several processes at once.

    One that a newer release has migrated is left as it is: this release works on it, too (docs/operations.md).
    """
    config = alembic_config(url)
    if not _is_newer(url, config):
        command.upgrade(config, "head")


def _is_newer(url: str, config: Config) -> bool:
    """Whether the database has a revision that this release does not know."""
    engine = create_engine(url, pool_size=1)
    with engine.connect() as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
    engine.dispose()
    known = {each.revision for each in ScriptDirectory.from_config(config).walk_revisions()}
    if revision is None or revision in known:
        return False
    logger.warning("the database is of a newer release (revision %s): its schema is left as it is", revision)
    return True


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
