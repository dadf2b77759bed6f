"""Two hundred residents want the last slot at once: one gets it, 199 are told so and shown others, whoever dies."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import requests

from latido.care.agenda.command import import_agenda
from latido.care.fhir_names import agenda_id
from latido.care.places.directory import load_directory
from latido.care.rules.status import LIVE
from latido.care.seed import center_resources, write_changed
from latido.care.services import BUENOS_AIRES
from latido.crypto import Vault
from latido.database import create_engine, migrate
from latido.fhir.client import FhirClient
from latido.fhir.server import FhirServer
from latido.fhir.transport import IN_PROCESS_BASE, in_process_session
from tests.conftest import temporary_database
from tests.serving import free_port

ATTEMPTS = 200
THREADS = 50
TOKEN = "a-token-for-this-test-alone"
SECRET = "a-secret-for-this-test-alone-of-some-length"
PATIENCE_S = 240.0
KILLS = 5

pytestmark = pytest.mark.timeout(420)


@dataclass
class Service:
    """Some web processes on one database, each of which may be killed and is started again."""

    database: str
    data_dir: Path
    ports: list[int]
    processes: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, port: int) -> None:
        environment = os.environ | {
            "LATIDO_DATABASE_URL": self.database,
            "LATIDO_REDIS_URL": "redis://127.0.0.1:9",
            "LATIDO_DATA_DIR": str(self.data_dir),
            "LATIDO_PORT": str(port),
            "LATIDO_SERVICE_TOKEN": TOKEN,
            "LATIDO_SECRET_KEY": SECRET,
        }
        command = [sys.executable, "-m", "latido.cli", "web", "--only", "care,fhir"]
        self.processes[port] = subprocess.Popen(command, env=environment)

    def kill(self, port: int) -> None:
        self.processes[port].send_signal(signal.SIGKILL)
        self.processes[port].wait()

    def url(self, port: int, path: str) -> str:
        return f"http://127.0.0.1:{port}/care/v1{path}"


@pytest.fixture(scope="module")
def service(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with temporary_database(postgres_url) as database:
        migrate(database)
        running = Service(database, tmp_path_factory.mktemp("last-slot"), [free_port(), free_port()])
        for port in running.ports:
            running.start(port)
        for port in running.ports:
            wait_until_it_answers(running, port)
        yield running
        for process in running.processes.values():
            process.terminate()
            process.wait(60)


@pytest.fixture(scope="module")
def fhir(service: Service) -> Iterator[FhirClient]:
    engine = create_engine(service.database)
    client = FhirClient(IN_PROCESS_BASE, in_process_session(FhirServer(engine, Vault(SECRET))))
    directory = load_directory()
    write_changed(
        client, [each for number in (1, 16) for each in center_resources(directory.centers[number], directory)]
    )
    yield client
    engine.dispose()


def wait_until_it_answers(service: Service, port: int) -> None:
    give_up = time.monotonic() + 120
    while time.monotonic() < give_up:
        try:
            headers = {"Authorization": f"Bearer {TOKEN}"}
            if requests.get(service.url(port, "/centers/1"), headers=headers, timeout=2).status_code == 200:
                return
        except requests.RequestException:
            time.sleep(0.1)
    raise AssertionError("the service did not start")


def agenda(fhir: FhirClient, days: int) -> str:
    """One slot at centre 1 in so many days, which everybody wants, and some others; returns its id."""
    day = (datetime.now(BUENOS_AIRES) + timedelta(days=days)).date()
    table = f"center,service,date,from,to,minutes\n1,prenatal,{day},09:00,09:20,20\n16,prenatal,{day},09:00,12:00,20\n"
    import_agenda(fhir, load_directory(), table, datetime.now(UTC))
    nine = datetime.combine(day, datetime.min.time(), BUENOS_AIRES).replace(hour=9)
    return f"{agenda_id(1, 'prenatal')}-{nine:%Y%m%dT%H%M}"


def attempt(service: Service, number: int, slot: str, way: str) -> requests.Response:
    """One resident's request, repeated with the same key until somebody answers."""
    body = {"idempotency_key": f"SM{number}:{way[1:]}", "resident": f"{way[1:]}{number}", "slot_id": slot}
    ports, give_up = random.Random(number), time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up:
        url = service.url(ports.choice(service.ports), way)
        try:
            answer = requests.post(url, json=body, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=30)
            if answer.status_code < 500:
                return answer
        except requests.RequestException:
            pass
        time.sleep(ports.uniform(0.1, 0.5))
    raise AssertionError("nobody answered")


def race(service: Service, slot: str, way: str, answered: list[int]) -> list[requests.Response]:
    """Everybody's request; who has an answer is in `answered` from then on."""

    def one(number: int) -> requests.Response:
        answer = attempt(service, number, slot, way)
        answered.append(number)
        return answer

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(one, range(ATTEMPTS)))


def assert_one_winner(fhir: FhirClient, slot: str, answers: list[requests.Response], status: str) -> None:
    assert Counter(answer.status_code // 100 for answer in answers) == {2: 1, 4: ATTEMPTS - 1}
    refused = [answer.json() for answer in answers if answer.status_code >= 400]
    assert {each["error"]["code"] for each in refused} == {"slot_taken"}
    assert all(len(each["offers"]["slots"]) == 3 for each in refused)
    params = [("slot", f"Slot/{slot}"), ("status", ",".join(LIVE))]
    live = fhir.search("Appointment", params).matches
    assert [each["status"] for each in live] == [status]
    winner = next(answer.json() for answer in answers if answer.status_code < 400)
    assert winner["appointment"]["id"] == live[0]["id"]


def test_two_hundred_at_once_for_a_hold(service: Service, fhir: FhirClient) -> None:
    slot = agenda(fhir, 5)
    assert_one_winner(fhir, slot, race(service, slot, "/holds", []), "pending")


def test_two_hundred_book_at_once_while_processes_die(service: Service, fhir: FhirClient) -> None:
    slot, over, chance, answered = agenda(fhir, 6), threading.Event(), random.Random(7), list[int]()

    def kill_at_random() -> int:
        """One process after the other; spread over the answers, so that it does not matter how fast a machine is."""
        for killed in range(KILLS):
            while len(answered) * KILLS < ATTEMPTS * killed:
                if over.wait(0.05):
                    return killed
            over.wait(chance.uniform(0.0, 0.5))
            port = chance.choice(service.ports)
            service.kill(port)
            service.start(port)
            wait_until_it_answers(service, port)
        return KILLS

    with ThreadPoolExecutor(1) as pool:
        killing = pool.submit(kill_at_random)
        try:
            answers = race(service, slot, "/appointments", answered)
        finally:
            over.set()
        kills = killing.result()
    print(f"{kills} kills")
    assert kills >= 1
    assert_one_winner(fhir, slot, answers, "booked")
