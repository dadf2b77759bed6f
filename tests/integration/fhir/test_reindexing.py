"""What an older Latido stored is found and sealed by the definitions of today."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from sqlalchemy import Engine, delete, text, update

from latido.crypto import Vault
from latido.fhir.client import FhirClient
from latido.fhir.server import tables
from latido.fhir.server.definitions import definitions
from latido.fhir.server.reindexing import fingerprint, refresh_indexes

from ...unit.fhir.examples import example
from .conftest import appointment, patient

KEY = ("identifier", "urn:latido:booking|SM1:book")


def age(engine: Engine, vault: Vault) -> None:
    """As an older Latido had it: appointments readable, nothing of it in the indexes of today."""
    with engine.begin() as connection:
        for table in (tables.resource, tables.version):
            for row in connection.execute(table.select().where(table.c.type == "Appointment")).all():
                where = [table.c.type == row.type, table.c.id == row.id, table.c.version == row.version]
                body = vault.open(row.sealed)
                connection.execute(update(table).where(*where).values(content=body, sealed=None))
        for table in tables.INDEX_TABLES:
            connection.execute(delete(table).where(table.c.type.in_(["Appointment", "Patient", "Condition"])))
        connection.execute(delete(tables.indexed))


@pytest.fixture
def old(agenda: FhirClient, engine: Engine, vault: Vault) -> FhirClient:
    agenda.update(patient("p1"))
    stored = agenda.create(appointment("s1") | {"comment": "embarazo"})
    agenda.update(stored | {"status": "arrived"})
    agenda.create(example("Condition"))
    age(engine, vault)
    assert agenda.search("Appointment", [KEY]).matches == []
    return agenda


def stored_text(engine: Engine) -> str:
    with engine.connect() as connection:
        rows: list[Any] = []
        for name in ("fhir_resource", "fhir_version"):
            rows += connection.scalars(text(f"SELECT t::text FROM {name} t WHERE type = 'Appointment'"))
    return "\n".join(rows)


def test_found_and_sealed_again(old: FhirClient, engine: Engine, vault: Vault):
    assert "embarazo" in stored_text(engine)
    done = refresh_indexes(engine, vault)
    assert done == {
        "Appointment": 1,
        "Condition": 1,
        "HealthcareService": 2,
        "Location": 2,
        "Patient": 1,
        "Schedule": 2,
        "Slot": 10,
    }
    assert "embarazo" not in stored_text(engine)
    (found,) = old.search("Appointment", [KEY, ("status", "arrived"), ("date", "ge2026-11-26")]).matches
    assert found["comment"] == "embarazo"
    assert found["meta"]["versionId"] == "2"
    assert old.read("Appointment", found["id"], "1")["status"] == "booked"
    assert [each["id"] for each in old.search("Patient", [("family", "quispe")]).matches] == ["p1"]
    assert len(old.search("Condition", [("code", "77386006")]).matches) == 1
    assert len(old.search("Slot", [("status", "free"), ("schedule.actor", "Location/cesac-15")]).matches) == 8


def test_once_is_enough(old: FhirClient, engine: Engine, vault: Vault):
    assert refresh_indexes(engine, vault)
    assert refresh_indexes(engine, vault) == {}


def test_two_at_once_do_it_once(old: FhirClient, engine: Engine, vault: Vault):
    done: list[dict[str, int]] = []
    threads = [threading.Thread(target=lambda: done.append(refresh_indexes(engine, vault))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(each.get("Appointment", 0) for each in done) == 1
    assert len(old.search("Appointment", [KEY]).matches) == 1


def test_each_definition_has_its_own_fingerprint():
    found = {fingerprint(each) for each in definitions().values()}
    assert len(found) == len(definitions())
