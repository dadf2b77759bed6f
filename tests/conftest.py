"""Real servers for the tests: one embedded Postgres and one Valkey per run, a clean database per test."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import settings
from sqlalchemy import Engine, make_url, text

from latido.crypto import Vault
from latido.database import create_engine
from latido.embedded.postgres import EmbeddedPostgres
from latido.embedded.valkey import EmbeddedValkey
from latido.schema import metadata
from tests.fault.audit.printing import printed, remembered
from tests.kept_rows import empty
from tests.seeded import december as december
from tests.seeded import seeded as seeded
from tests.seeded import shipped_care as shipped_care

# A busy machine is no fault of the code: no example fails for the time it takes.
settings.register_profile("latido", deadline=None)
settings.load_profile("latido")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the audits of the fault suite found, whichever processes the tests ran in."""
    ran = [each for outcome in ("passed", "failed") for each in terminalreporter.stats.get(outcome, ())]
    lines = printed(remembered([each for each in ran if isinstance(each, pytest.TestReport)]))
    if lines:
        terminalreporter.section("fault suite: audit of log, Twilio and health service")
        for line in lines:
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def server_dir() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="latido-test-") as name:
        yield Path(name)


@pytest.fixture(scope="session")
def postgres_url(server_dir: Path) -> Iterator[str]:
    """A real Postgres: LATIDO_TEST_DATABASE_URL, or an embedded one for this run."""
    given = os.environ.get("LATIDO_TEST_DATABASE_URL")
    if given:
        yield given
        return
    server = EmbeddedPostgres(server_dir / "postgres")
    url = server.start()
    _never_wait_for_the_disk(url)
    yield url
    server.stop()


def _never_wait_for_the_disk(url: str) -> None:
    """The rows of tests may be lost with the machine's power."""
    engine = create_engine(url, pool_size=1).execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    engine.dispose()


@pytest.fixture(scope="session")
def redis_url(server_dir: Path) -> Iterator[str]:
    """A real Valkey: LATIDO_TEST_REDIS_URL, or an embedded one for this run."""
    given = os.environ.get("LATIDO_TEST_REDIS_URL")
    if given:
        yield given
        return
    server = EmbeddedValkey(server_dir / "valkey")
    yield server.start()
    server.stop()


@pytest.fixture
def fresh_database(postgres_url: str) -> Iterator[str]:
    """The URL of an empty database that is dropped at the end."""
    with temporary_database(postgres_url) as url:
        yield url


@contextmanager
def temporary_database(postgres_url: str) -> Iterator[str]:
    name = f"test_{uuid.uuid4().hex[:12]}"
    admin = create_engine(postgres_url, pool_size=1).execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    yield make_url(postgres_url).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
    admin.dispose()


@pytest.fixture(scope="session")
def schema_engine(postgres_url: str) -> Iterator[Engine]:
    with temporary_database(postgres_url) as url:
        engine = create_engine(url, pool_size=20)
        metadata.create_all(engine)
        yield engine
        engine.dispose()


@pytest.fixture
def engine(schema_engine: Engine) -> Engine:
    """All tables of Latido in a real Postgres, empty."""
    empty(schema_engine)
    return schema_engine


@pytest.fixture(scope="session")
def vault() -> Vault:
    return Vault("a secret for tests only")
