"""Care on a real Postgres and the embedded FHIR server, with the city's centres and a small agenda."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Thread
from time import sleep
from typing import Any

import pytest
import requests
import uvicorn
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.routing import Mount

from latido.care.api.routes import routes
from latido.care.places.geocoder import UsigGeocoder
from latido.care.places.locate import Locator
from latido.care.services import Care
from latido.crypto import Vault
from latido.fhir.client import FhirClient
from latido.fhir.server import FhirServer
from latido.fhir.transport import IN_PROCESS_BASE, in_process_session
from tests.kept_rows import KeptRows
from tests.seeded import AGENDA as AGENDA
from tests.seeded import CLOSED_PORT
from tests.seeded import NOW as NOW
from tests.seeded import SEEDED as SEEDED
from tests.seeded import Clock as Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def fhir(engine: Engine, vault: Vault) -> FhirClient:
    return FhirClient(IN_PROCESS_BASE, in_process_session(FhirServer(engine, vault)))


@pytest.fixture
def bare_care(engine: Engine, shipped_care: Care, fhir: FhirClient, clock: Clock) -> Care:
    """Care with nothing on the FHIR server; the address service is a closed port."""
    locator = Locator(shipped_care.directory, UsigGeocoder(CLOSED_PORT))
    return replace(shipped_care, engine=engine, fhir=fhir, locator=locator, now=clock)


@pytest.fixture
def care(seeded: KeptRows, bare_care: Care) -> Care:
    """Care with some centres on the FHIR server, and the small agenda."""
    seeded.put_back(bare_care.engine)
    return bare_care


@pytest.fixture
def with_geocoder(care: Care) -> Callable[[str], Care]:
    """The same care with another address service."""

    def make(url: str, timeout_s: float = 2.0) -> Care:
        session = requests.Session()
        session.trust_env = False
        return replace(care, locator=Locator(care.directory, UsigGeocoder(url, session, timeout_s)))

    return make


class Api:
    """Calls to the care API over HTTP on the loopback."""

    def __init__(self, port: int) -> None:
        self._base = f"http://127.0.0.1:{port}/care/v1"
        self._session = requests.Session()
        self._session.trust_env = False

    def get(self, path: str) -> requests.Response:
        return self._session.get(self._base + path, timeout=30)

    def post(self, path: str, body: Any, raw: bytes | None = None) -> requests.Response:
        given = {"data": raw} if raw is not None else {"json": body}
        return self._session.post(self._base + path, timeout=30, **given)


@pytest.fixture
def api(care: Care) -> Iterator[Api]:
    """The care API, served for real."""
    with served(care) as api:
        yield api


@contextmanager
def served(care: Care) -> Iterator[Api]:
    app = Starlette(routes=[Mount("/care/v1", routes=routes(care))])
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning"))
    thread = Thread(target=server.run)
    thread.start()
    while not server.started:
        sleep(0.01)
    yield Api(server.servers[0].sockets[0].getsockname()[1])
    server.should_exit = True
    thread.join()
