"""Two workers race for the same due reminders and are killed at random; receipts come twice and in any order."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from sqlalchemy import Engine, select
from starlette.applications import Starlette

from latido.bridge.routes import Bridge, routes
from latido.bridge.signature import SignatureCheck
from latido.care.agenda.command import import_agenda
from latido.care.booking.book import book
from latido.care.booking.patients import Person
from latido.care.booking.wish import Booking
from latido.care.places.directory import load_directory
from latido.care.residents import CHAT, CURRENT_CONSENT, REMINDERS, give_consent
from latido.care.seed import center_resources, write_changed
from latido.care.services import BUENOS_AIRES, create_care
from latido.crypto import Vault
from latido.database import create_engine, migrate
from latido.emulator import EmulatorConfig, create_app
from latido.emulator.client import EmulatorClient, Phone
from latido.fhir.client import FhirClient
from latido.fhir.server import FhirServer
from latido.fhir.transport import IN_PROCESS_BASE, in_process_session
from latido.messaging.tables import message
from latido.reminders.policy_data import POLICY_FILE
from latido.reminders.tables import reminder
from tests.serving import free_port, served

ACCOUNT, TOKEN, LATIDO = "AC" + "de" * 16, "emulator-for-tests", "whatsapp:+5491150500147"
SECRET = "a-secret-for-this-test-alone-of-some-length"
RESIDENTS = int(os.environ.get("LATIDO_FAULT_REMINDERS", "16"))
WORKERS = 2
KILLING_S = 45.0
PATIENCE_S = 400.0

pytestmark = pytest.mark.timeout(900)


@dataclass
class Workers:
    """Worker processes that may be killed and are started again."""

    environment: dict[str, str]
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self) -> None:
        command = [sys.executable, "-m", "latido.cli", "worker", "--only", "reminders,sender"]
        self.processes.append(subprocess.Popen(command, env=os.environ | self.environment))

    def kill_one(self, chance: random.Random) -> None:
        victim = self.processes.pop(chance.randrange(len(self.processes)))
        victim.send_signal(signal.SIGKILL)
        victim.wait()
        self.start()

    def end(self) -> None:
        for process in self.processes:
            process.send_signal(signal.SIGKILL)
            process.wait()


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    """The policy without nights, so that it does not matter when this test runs."""
    content = yaml.safe_load(POLICY_FILE.read_text(encoding="utf-8"))
    whole_day = {"opens": "00:00", "closes": "23:59"}
    path = tmp_path / "policy.yml"
    path.write_text(yaml.safe_dump(content | {"hours": whole_day, "morning_hours": whole_day}), encoding="utf-8")
    return path


@contextmanager
def the_rest(engine: Engine, url: str) -> Iterator[tuple[EmulatorClient, dict[str, str]]]:
    """The bridge and a stand-in for Twilio, with what a worker's environment says of them."""
    bridge_port, emulator_port = free_port(), free_port()
    base = f"http://127.0.0.1:{bridge_port}"
    bridge = Bridge(SignatureCheck([TOKEN], base), ACCOUNT, engine, Vault(SECRET), lambda name: None)
    inbound = f"{base}/webhooks/twilio/inbound"
    config = EmulatorConfig(
        account_sid=ACCOUNT, auth_token=TOKEN, sender=LATIDO, inbound_url=inbound, port=emulator_port
    )
    with served(Starlette(routes=routes(bridge)), bridge_port), served(create_app(config), emulator_port) as emulator:
        yield (
            EmulatorClient(emulator),
            {
                "LATIDO_DATABASE_URL": url,
                "LATIDO_REDIS_URL": "redis://127.0.0.1:9",
                "LATIDO_PUBLIC_URL": base,
                "LATIDO_SECRET_KEY": SECRET,
                "LATIDO_TWILIO_TIMEOUT": "1",
                "LATIDO_REMINDERS_IN_LOG": "3",
                "TWILIO_ACCOUNT_SID": ACCOUNT,
                "TWILIO_AUTH_TOKEN": TOKEN,
                "TWILIO_WHATSAPP_FROM": LATIDO,
                "TWILIO_API_BASE_URL": emulator,
            },
        )


def residents(engine: Engine, emulator: EmulatorClient) -> list[Phone]:
    """Residents who wrote, want reminders, and booked ten days ago what begins in some sixty hours."""
    vault, directory, now = Vault(SECRET), load_directory(), datetime.now(UTC)
    fhir = FhirClient(IN_PROCESS_BASE, in_process_session(FhirServer(engine, vault)))
    care = create_care(engine, vault, fhir, "http://127.0.0.1:9", lambda: now - timedelta(days=10))
    write_changed(fhir, center_resources(directory.centers[1], directory))
    begins = (now + timedelta(hours=60)).astimezone(BUENOS_AIRES).replace(minute=0)
    begins -= timedelta(hours=4 if begins.hour > 20 else 0)
    table = f"{begins:%Y-%m-%d},{begins:%H}:00,{begins.hour + 2}:00,5"
    import_agenda(fhir, directory, f"center,service,date,from,to,minutes\n1,prenatal,{table}\n", care.now())
    phones = [emulator.phone(f"+54911{50_000_000 + number}") for number in range(RESIDENTS)]
    for number, phone in enumerate(phones):
        phone.says("hola")
        key = vault.resident_key(phone.number)
        with engine.begin() as connection:
            for scope in (CHAT, REMINDERS):
                give_consent(connection, key, scope, CURRENT_CONSENT, care.now())
        start = begins + timedelta(minutes=5 * number)
        slot = f"cesac-1-prenatal-{start:%Y%m%dT%H%M}"
        book(care, Booking(f"SM{number}:book", key, slot, "prenatal", Person("self")))
    return phones


def shown(phone: Phone) -> int:
    return sum(1 for seen in phone.transcript() if seen.direction != "inbound")


def wait_until_settled(engine: Engine, phones: list[Phone]) -> None:
    give_up = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up:
        if confirmations(engine) == {"sent": len(phones)}:
            return
        time.sleep(1.0)


def confirmations(engine: Engine) -> Counter[str]:
    query = select(reminder.c.state).where(reminder.c.name == "confirm")
    with engine.connect() as connection:
        return Counter(connection.execute(query).scalars())


def test_two_workers_killed_at_random_say_each_reminder_once(fresh_database: str, tmp_path: Path, policy: Path) -> None:
    migrate(fresh_database)
    engine, chance = create_engine(fresh_database), random.Random(20261123)
    with the_rest(engine, fresh_database) as (emulator, environment):
        phones = residents(engine, emulator)
        emulator.faults(
            rest={"kind": "timeout_after_accepting", "times": 4, "hold_seconds": 2.0}, duplicates=1, shuffle=True
        )
        own = {"LATIDO_DATA_DIR": str(tmp_path), "LATIDO_REMINDERS_POLICY": str(policy)}
        workers = Workers(environment | own)
        try:
            for _ in range(WORKERS):
                workers.start()
            until = time.monotonic() + KILLING_S
            while time.monotonic() < until:
                time.sleep(chance.uniform(4.0, 9.0))
                workers.kill_one(chance)
            emulator.no_faults()
            wait_until_settled(engine, phones)
        finally:
            workers.end()
        assert confirmations(engine) == {"sent": RESIDENTS}
        assert Counter(shown(phone) for phone in phones) == {1: RESIDENTS}
        with engine.connect() as connection:
            said = connection.execute(select(message.c.reminder_id).where(message.c.state == "handed_over")).scalars()
            assert Counter(Counter(said).values()) == {1: RESIDENTS}
    engine.dispose()
