"""The city's FHIR server answers 500, or nothing at all: honest words, nothing lost, danger answered as ever."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from tests.conftest import temporary_database
from tests.conversation.chat import Chat
from tests.conversation.running import Latido, running_latido
from tests.conversation.test_prenatal_appointment import OPENING
from tests.serving import served

pytestmark = pytest.mark.timeout(240)


class BrokenFhir:
    """Answers 500 at once, or keeps the caller waiting."""

    def __init__(self) -> None:
        self.silent_seconds = 0.0
        self.calls = 0

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/{path:path}", self._answer, methods=["GET", "POST", "PUT"])])

    def _answer(self, request: Request) -> Response:
        self.calls += 1
        time.sleep(self.silent_seconds)
        return PlainTextResponse("Internal Server Error", 500)


@pytest.fixture(scope="module")
def fhir() -> Iterator[BrokenFhir]:
    yield BrokenFhir()


@pytest.fixture(scope="module")
def broken_latido(
    latido: Latido, fhir: BrokenFhir, postgres_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Latido]:
    """Latido on servers that others run, all given by URL."""
    data_dir: Path = tmp_path_factory.mktemp("broken")
    with served(fhir.app()) as fhir_url, temporary_database(postgres_url) as database_url:
        urls = {"LATIDO_FHIR_URL": fhir_url, "LATIDO_DATABASE_URL": database_url, "LATIDO_REDIS_URL": redis_url}
        with running_latido(data_dir, **urls) as running:
            yield running
        assert not (data_dir / "postgres").exists()
        assert not (data_dir / "valkey").exists()


@pytest.mark.parametrize("silent_seconds", [0.0, 12.0])
def test_booking_is_honest_about_it_and_keeps_the_place(
    broken_latido: Latido, fhir: BrokenFhir, silent_seconds: float
) -> None:
    fhir.silent_seconds = 0.0
    ana = Chat(broken_latido)
    ana.says(OPENING).taps("Sí, acepto").taps("Sacar turno").says("30.111.222").taps("De 18 a 35").taps("No")
    fhir.silent_seconds = silent_seconds
    ana.taps("No").sees("no puedo entrar al sistema de turnos", "147", "Probar de nuevo")
    assert fhir.calls > 0  # not at each step: the breaker spares her the waiting once it is known
    fhir.silent_seconds = 0.0
    ana.taps("Probar de nuevo").sees("147").does_not_see("DNI", "¿Cuántos años")


def test_places_and_danger_do_not_need_the_health_service(broken_latido: Latido) -> None:
    ana = Chat(broken_latido)
    ana.says("qué cesac hay en barracas?").taps("Sí, acepto").sees("CeSAC N° 1 - Barracas 1")
    ana.says("estoy sangrando mucho").sees("107")
    ana.says("mis turnos").sees("147")
