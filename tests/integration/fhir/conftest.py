"""The embedded FHIR server on a real Postgres, reached in process, and a small agenda in it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from latido.crypto import Vault
from latido.fhir.bundles import update_entry
from latido.fhir.client import FhirClient
from latido.fhir.server import FhirServer
from latido.fhir.transport import IN_PROCESS_BASE, in_process_session

FIRST_START = datetime(2026, 11, 26, 12, 30, tzinfo=UTC)


@pytest.fixture
def server(engine: Engine, vault: Vault) -> FhirServer:
    return FhirServer(engine, vault)


@pytest.fixture
def client(server: FhirServer) -> FhirClient:
    return FhirClient(IN_PROCESS_BASE, in_process_session(server))


def center(number: int, latitude: float, longitude: float) -> list[dict[str, Any]]:
    name = f"cesac-{number}"
    identifier = [{"system": "urn:latido:center", "value": str(number)}]
    service = [{"coding": [{"system": "urn:latido:service", "code": "prenatal"}]}]
    return [
        {
            "resourceType": "Location",
            "id": name,
            "identifier": identifier,
            "status": "active",
            "name": f"CeSAC N° {number}",
            "position": {"latitude": latitude, "longitude": longitude},
        },
        {
            "resourceType": "HealthcareService",
            "id": f"{name}-prenatal",
            "identifier": identifier,
            "active": True,
            "type": service,
            "location": [{"reference": f"Location/{name}"}],
        },
        {
            "resourceType": "Schedule",
            "id": f"{name}-prenatal",
            "serviceType": service,
            "active": True,
            "actor": [{"reference": f"HealthcareService/{name}-prenatal"}, {"reference": f"Location/{name}"}],
            "planningHorizon": {"start": "2026-11-01", "end": "2026-12-31"},
        },
    ]


def slot(identity: str, number: int = 15, index: int = 0, status: str = "free") -> dict[str, Any]:
    start = FIRST_START + timedelta(minutes=30 * index)
    return {
        "resourceType": "Slot",
        "id": identity,
        "status": status,
        "schedule": {"reference": f"Schedule/cesac-{number}-prenatal"},
        "serviceType": [{"coding": [{"system": "urn:latido:service", "code": "prenatal"}]}],
        "start": start.isoformat(),
        "end": (start + timedelta(minutes=30)).isoformat(),
    }


def appointment(slot_id: str, key: str = "SM1:book", status: str = "booked", patient: str = "p1") -> dict[str, Any]:
    return {
        "resourceType": "Appointment",
        "status": status,
        "priority": 1,
        "identifier": [{"system": "urn:latido:booking", "value": key}],
        "slot": [{"reference": f"Slot/{slot_id}"}],
        "start": "2026-11-26T09:30:00-03:00",
        "end": "2026-11-26T10:00:00-03:00",
        "participant": [
            {"actor": {"reference": f"Patient/{patient}"}, "status": "accepted"},
            {"actor": {"reference": "Location/cesac-15"}, "status": "accepted"},
        ],
    }


def patient(identity: str = "p1", dni: str = "30111222") -> dict[str, Any]:
    return {
        "resourceType": "Patient",
        "id": identity,
        "identifier": [
            {"system": "http://www.renaper.gob.ar/dni", "value": dni},
            {"system": "urn:latido:resident", "value": "abc123:self"},
        ],
        "name": [{"given": ["Marisol"], "family": "Quispe"}],
        "telecom": [{"system": "phone", "value": "+5491155556666"}],
    }


@pytest.fixture
def agenda(client: FhirClient) -> FhirClient:
    """Two centres; eight free slots at CeSAC 15, one busy, and one free at CeSAC 41."""
    resources = [*center(15, -34.6195, -58.3712), *center(41, -34.6388, -58.3593)]
    resources += [slot(f"s{index}", index=index) for index in range(8)]
    resources += [slot("busy", index=8, status="busy"), slot("other", number=41, index=1)]
    client.transaction([update_entry(each) for each in resources], minimal=True)
    return client
