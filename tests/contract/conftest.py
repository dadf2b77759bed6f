from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from sqlalchemy import Engine

from latido.crypto import Vault
from latido.fhir.client import FhirClient
from latido.fhir.server import FhirServer
from latido.fhir.transport import IN_PROCESS_BASE, in_process_session
from tests.contract.fhir_judge import judged
from tests.contract.twilio_openapi import TwilioJudge
from tests.unit.emulator.stage import Stage, staged

HERE = Path(__file__).parent
MEDPLUM = Path(os.environ.get("LATIDO_MEDPLUM_DIR", HERE.parents[1]))
SERVICE = "MG" + "a" * 32


@pytest.fixture(scope="session")
def judge() -> TwilioJudge:
    return TwilioJudge.or_skip()


@pytest.fixture
def stage() -> Iterator[Stage]:
    with staged(messaging_service_sid=SERVICE) as stage:
        yield stage


@pytest.fixture(scope="module")
def referee_url() -> Iterator[str]:
    """The independent FHIR server, alive for one module's tests."""
    node = shutil.which("node")
    if node is None or not (MEDPLUM / "node_modules/@medplum/fhir-router").is_dir():
        pytest.skip("the referee is not here: Node 20 and @medplum/fhir-router, core, definitions 4.5.2")
    process = subprocess.Popen([node, str(HERE / "fhir_referee.mjs"), str(MEDPLUM)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("listening "), line
    yield f"http://127.0.0.1:{line.split()[1]}/fhir/R4"
    process.terminate()
    process.wait()


@pytest.fixture(params=["embedded", "referee"])
def client(request: pytest.FixtureRequest, engine: Engine, vault: Vault) -> Iterator[FhirClient]:
    """A client of each server in turn, every answer judged by R4's schema."""
    if request.param == "embedded":
        yield FhirClient(IN_PROCESS_BASE, judged(in_process_session(FhirServer(engine, vault))))
    else:
        with requests.Session() as session:
            yield FhirClient(request.getfixturevalue("referee_url"), judged(session))
