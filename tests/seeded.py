"""The city's centres and small agendas on the embedded FHIR server: stored once per run, put back for each test."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import pytest
from sqlalchemy import Engine

from latido.care.agenda.command import import_agenda
from latido.care.seed import center_resources, write_changed
from latido.care.services import BUENOS_AIRES, Care, create_care
from latido.crypto import Vault
from latido.fhir.client import FhirClient
from latido.fhir.server import FhirServer
from latido.fhir.transport import IN_PROCESS_BASE, in_process_session
from tests.kept_rows import KeptRows, empty

NOW = datetime(2026, 11, 23, 10, 15, tzinfo=BUENOS_AIRES)
CLOSED_PORT = "http://127.0.0.1:9"
# CeSAC 1 and 16 are the two nearest to the middle of Barracas.
SEEDED = (1, 2, 3, 4, 9, 10, 15, 16, 46)
AGENDA = """center,service,date,from,to,minutes
1,prenatal,2026-11-24,09:00,10:00,20
1,prenatal,2026-11-30,09:00,11:00,20
16,prenatal,2026-11-25,14:00,15:00,30
16,prenatal,2026-12-03,14:00,16:00,30
9,prenatal,2026-11-24,08:00,08:20,20
"""
AGENDA_OF_DECEMBER = """center,service,date,from,to,minutes
1,prenatal,2026-12-01,11:00,12:00,20
1,prenatal,2026-12-02,11:00,12:00,20
"""


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture(scope="session")
def shipped_care(schema_engine: Engine, vault: Vault) -> Care:
    """The places and rules that ship with Latido, read once."""
    fhir = FhirClient(IN_PROCESS_BASE, in_process_session(FhirServer(schema_engine, vault)))
    return create_care(schema_engine, vault, fhir, CLOSED_PORT, Clock())


@pytest.fixture(scope="session")
def seeded(shipped_care: Care) -> KeptRows:
    """Some centres on the FHIR server, and the small agenda."""
    empty(shipped_care.engine)
    directory = shipped_care.directory
    centers = [each for number in SEEDED for each in center_resources(directory.centers[number], directory)]
    write_changed(shipped_care.fhir, centers)
    import_agenda(shipped_care.fhir, directory, AGENDA, NOW)
    return KeptRows(shipped_care.engine, "centers")


@pytest.fixture(scope="session")
def december(shipped_care: Care, seeded: KeptRows) -> KeptRows:
    """The centres, their small agenda, and two days of December."""
    empty(shipped_care.engine)
    seeded.put_back(shipped_care.engine)
    import_agenda(shipped_care.fhir, shipped_care.directory, AGENDA_OF_DECEMBER, NOW)
    return KeptRows(shipped_care.engine, "december")
