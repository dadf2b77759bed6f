"""A database that cannot answer: the caller is told to come back, and nothing hangs or leaks."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, create_engine, text

from latido.crypto import Vault
from latido.fhir.client import FhirClient
from latido.fhir.errors import Busy, OutcomeUnknown
from latido.fhir.server import FhirServer
from latido.fhir.transport import IN_PROCESS_BASE, in_process_session

ORGANIZATION = {"resourceType": "Organization", "name": "CeSAC N° 15"}


def client_of(engine: Engine, vault: Vault) -> FhirClient:
    return FhirClient(IN_PROCESS_BASE, in_process_session(FhirServer(engine, vault)))


def test_a_database_that_is_away(vault: Vault):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    client = client_of(create_engine(f"postgresql+psycopg://nobody@127.0.0.1:{port}/none"), vault)
    for call in (lambda: client.create(ORGANIZATION), lambda: client.search("Slot")):
        with pytest.raises(Busy) as caught:
            call()
        assert caught.value.status == 503
        assert caught.value.retry_after == 1.0


def test_no_connection_left(engine: Engine, vault: Vault):
    small = create_engine(engine.url, pool_size=1, max_overflow=0, pool_timeout=0.05)
    client = client_of(small, vault)
    with small.connect(), pytest.raises(Busy):
        client.create(ORGANIZATION)
    assert client.create(ORGANIZATION)["meta"]["versionId"] == "1"
    small.dispose()


KILL = """CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END$$"""
AT_ONCE = "CREATE TRIGGER die BEFORE INSERT ON fhir_string FOR EACH ROW EXECUTE FUNCTION die()"
AT_COMMIT = """CREATE CONSTRAINT TRIGGER die AFTER INSERT ON fhir_string
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION die()"""


@contextmanager
def deadly(engine: Engine, trigger: str) -> Iterator[None]:
    """Postgres ends the connection that writes a name."""
    with engine.begin() as connection:
        connection.execute(text(KILL))
        connection.execute(text(trigger))
    yield
    with engine.begin() as connection:
        connection.execute(text("DROP TRIGGER die ON fhir_string"))
        connection.execute(text("DROP FUNCTION die"))


@pytest.mark.parametrize(("trigger", "kind"), [(AT_ONCE, Busy), (AT_COMMIT, OutcomeUnknown)])
def test_a_connection_that_dies_changes_nothing_and_says_what_is_known(engine: Engine, vault: Vault, trigger, kind):
    client = client_of(engine, vault)
    with deadly(engine, trigger), pytest.raises(kind):
        client.create(ORGANIZATION)
    assert client.search("Organization", [("_summary", "count")]).total == 0
    assert client.create(ORGANIZATION)["meta"]["versionId"] == "1"


def test_a_writer_that_is_stuck_does_not_hang_the_others(engine: Engine, vault: Vault):
    client = FhirClient(IN_PROCESS_BASE, in_process_session(FhirServer(engine, vault, lock_timeout_ms=100)))
    stored = client.create(ORGANIZATION)
    with engine.begin() as stuck:
        stuck.execute(text("SELECT 1 FROM fhir_resource FOR UPDATE"))
        with pytest.raises(Busy):
            client.update(stored)
        assert client.read("Organization", stored["id"]) == stored
    assert client.update(stored)["meta"]["versionId"] == "2"
