"""A worker is killed between any two steps of a reminder's way: Twilio accepts each reminder once, whatever dies."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, text, update
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
from latido.care.services import BUENOS_AIRES, Care, create_care
from latido.crypto import Vault
from latido.emulator import EmulatorConfig, create_app
from latido.emulator.client import EmulatorClient, Phone
from latido.fhir.client import FhirClient
from latido.fhir.server import FhirServer
from latido.fhir.transport import IN_PROCESS_BASE, in_process_session
from latido.messaging.tables import lane, message
from latido.reminders.tables import plans, reminder
from tests.fault.dying_worker import READY, Setting
from tests.serving import free_port, served

ACCOUNT, TOKEN, LATIDO = "AC" + "de" * 16, "emulator-for-tests", "whatsapp:+5491150500147"
BOOKED = datetime(2026, 11, 23, 10, 15, tzinfo=BUENOS_AIRES)
# 72 hours before the visit on the 1st of December, when the confirmation is due.
DUE = datetime(2026, 11, 28, 12, 0, tzinfo=BUENOS_AIRES)
AGENDA = "center,service,date,from,to,minutes\n1,prenatal,2026-12-01,09:00,17:00,5\n"
PROJECT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.timeout(900)


@dataclass
class Town:
    """Residents with an appointment each, a stand-in for Twilio, and a worker that dies when it is told to."""

    engine: Engine
    care: Care
    emulator: EmulatorClient
    worker: subprocess.Popen[str]
    numbers: Iterator[int] = field(default_factory=lambda: count(0))

    def somebody(self) -> Phone:
        """A new resident who wrote to us, wants reminders, and has an appointment that is due to be confirmed."""
        number = next(self.numbers)
        phone = self.emulator.phone(f"+54911{50_000_000 + number}")
        phone.says("hola")
        key = self.care.vault.resident_key(phone.number)
        with self.engine.begin() as connection:
            for scope in (CHAT, REMINDERS):
                give_consent(connection, key, scope, CURRENT_CONSENT, BOOKED)
        hour, minute = divmod(9 * 60 + 5 * number, 60)
        slot = f"cesac-1-prenatal-20261201T{hour:02}{minute:02}"
        book(self.care, Booking(f"SM{number}:book", key, slot, "prenatal", Person("self")))
        return phone

    def works(self, **order: Any) -> dict[str, Any]:
        """The worker's answer to an order (see tests/fault/dying_worker.py)."""
        assert self.worker.stdin is not None and self.worker.stdout is not None
        self.worker.stdin.write(json.dumps(order) + "\n")
        self.worker.stdin.flush()
        line = self.worker.stdout.readline()
        assert line, "the worker of this test ended"
        answer: dict[str, Any] = json.loads(line)
        return answer

    def time_passes(self) -> None:
        """Every lease of whoever died runs out."""
        over = text("now() - interval '1 second'")
        with self.engine.begin() as connection:
            for table in (reminder, plans, lane):
                held = table.c.lease_until.is_not(None)
                connection.execute(update(table).where(held).values(lease_until=over))
            connection.execute(update(lane).where(lane.c.due_at.is_not(None)).values(due_at=over))

    def shown(self, phone: Phone) -> int:
        return sum(1 for seen in phone.transcript() if seen.direction != "inbound")

    def states(self, phone: Phone) -> tuple[list[str], list[str]]:
        """Of her confirmation: the row's state, and those of all messages made of it."""
        key = self.care.vault.resident_key(phone.number)
        mine = (reminder.c.resident == key, reminder.c.name == "confirm")
        said = select(message.c.state).join(reminder, reminder.c.id == message.c.reminder_id).where(*mine)
        with self.engine.connect() as connection:
            rows = connection.execute(select(reminder.c.state).where(*mine)).scalars().all()
            return list(rows), list(connection.execute(said).scalars())


@pytest.fixture
def town(engine: Engine, vault: Vault, schema_engine: Engine) -> Iterator[Town]:
    fhir = FhirClient(IN_PROCESS_BASE, in_process_session(FhirServer(engine, vault)))
    care = create_care(engine, vault, fhir, "http://127.0.0.1:9", lambda: BOOKED)
    directory = load_directory()
    write_changed(fhir, center_resources(directory.centers[1], directory))
    import_agenda(fhir, directory, AGENDA, BOOKED)
    bridge_port, emulator_port = free_port(), free_port()
    base = f"http://127.0.0.1:{bridge_port}"
    bridge = Bridge(SignatureCheck([TOKEN], base), ACCOUNT, engine, vault, lambda name: None)
    inbound = f"{base}/webhooks/twilio/inbound"
    config = EmulatorConfig(
        account_sid=ACCOUNT, auth_token=TOKEN, sender=LATIDO, inbound_url=inbound, port=emulator_port
    )
    with served(Starlette(routes=routes(bridge)), bridge_port), served(create_app(config), emulator_port) as url:
        setting = Setting(
            schema_engine.url.render_as_string(hide_password=False),
            "a secret for tests only",
            url,
            ACCOUNT,
            TOKEN,
            LATIDO,
            f"{base}/webhooks/twilio/status",
            DUE.isoformat(),
        )
        with started(setting) as worker:
            yield Town(engine, care, EmulatorClient(url), worker)


@contextmanager
def started(setting: Setting) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.fault.dying_worker", json.dumps(asdict(setting))]
    pipe = subprocess.PIPE
    worker = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=PROJECT)
    assert worker.stdout is not None and worker.stdout.readline().strip() == READY
    yield worker
    worker.kill()
    worker.wait(60)


def steps_of_a_whole_way(town: Town) -> int:
    """How many commits a worker makes for one reminder, from the plan until Twilio has it."""
    somebody = town.somebody()
    answer = town.works()
    assert not answer["killed"] and town.shown(somebody) == 1
    assert town.states(somebody) == (["sent"], ["handed_over"])
    return int(answer["commits"])


def assert_said_once(town: Town, phone: Phone, where: object) -> None:
    rows, messages = town.states(phone)
    assert town.shown(phone) == 1, (where, rows, messages)
    assert rows == ["sent"] and messages.count("handed_over") == 1, (where, rows, messages)


def test_killed_before_any_commit_or_the_call_it_is_said_once(town: Town) -> None:
    steps = steps_of_a_whole_way(town)
    orders: list[dict[str, Any]] = [{"kill_at": number} for number in range(1, steps + 1)]
    for order in [*orders, {"kill_before_send": True}]:
        phone = town.somebody()
        assert town.works(**order)["killed"], order
        town.time_passes()
        town.works(settle=True)
        assert_said_once(town, phone, order)
    assert steps >= 6


def test_killed_twice_in_a_row_it_is_said_once(town: Town) -> None:
    steps = steps_of_a_whole_way(town)
    for first in range(2, steps + 1, 7):
        phone = town.somebody()
        for kill_at in (first, 2):
            town.works(kill_at=kill_at)
            town.time_passes()
        town.works(settle=True)
        assert_said_once(town, phone, first)


def test_killed_while_the_answer_of_twilio_is_lost_it_is_said_once(town: Town) -> None:
    steps = steps_of_a_whole_way(town)
    for kill_at in range(steps - 3, steps + 1):
        phone = town.somebody()
        town.emulator.faults(rest={"kind": "timeout_after_accepting", "times": 1, "hold_seconds": 3.0})
        town.works(kill_at=kill_at)
        town.time_passes()
        town.works(settle=True)
        town.emulator.no_faults()
        assert_said_once(town, phone, kill_at)
