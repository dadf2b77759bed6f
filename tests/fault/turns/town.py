"""All processes of Latido, the health service and the bot each behind a door, and what residents did."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import redis
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette

from latido.care.agenda.command import import_agenda
from latido.care.fhir_names import PRENATAL
from latido.care.places.directory import load_directory
from latido.care.seed import center_resources, write_changed
from latido.care.services import BUENOS_AIRES
from latido.care.tables import bookings
from latido.crypto import Vault
from latido.database import create_engine, migrate
from latido.embedded.valkey import EmbeddedValkey
from latido.emulator.client import EmulatorClient, Phone
from latido.fhir.client import FhirClient
from latido.fhir.server import FhirServer
from latido.fhir.server.web import routes as fhir_routes
from latido.fhir.transport import IN_PROCESS_BASE, in_process_session
from latido.messaging.tables import message
from tests.conversation.running import OPEN, Latido, running_latido
from tests.fault.audit.witnesses import Delivery, Refused
from tests.fault.turns.doors import Door, Forward
from tests.serving import free_port, served

PARTS = ("worker", "bot", "actions", "web", "postgres", "valkey")
# How long Latido waits for the bot and for Twilio here, and hangs that last longer than it waits for each.
TURN_TIMEOUT, TWILIO_TIMEOUT = 5.0, 3.0
BOT_HANGS, TWILIO_HANGS, HEALTH_HANGS = 6.0, 4.0, 11.0
CENTERS = (1, 16)
_numbers = iter(range(40_000_000, 50_000_000))


@dataclass
class Town:
    """Everything of one stack. `deliveries` and `refused` are what the audit is told of webhooks."""

    latido: Latido
    bot: Door
    health: Door
    fhir: FhirClient
    vault: Vault
    numbers: set[str] = field(default_factory=set)
    deliveries: dict[str, Delivery] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)
    done: Counter[str] = field(default_factory=Counter)
    flooder: str | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)
    _engine: Engine | None = None

    @property
    def emulator(self) -> EmulatorClient:
        """The stand-in for Twilio, for one thread."""
        return EmulatorClient(self.latido.emulator.base_url, keep_alive=False)

    def forget(self) -> None:
        """What is done from now on is audited by itself."""
        self.numbers, self.deliveries, self.refused = set(), {}, []
        self.done, self.flooder = Counter(), None

    def somebody(self) -> Phone:
        """A resident who has never written."""
        with self.lock:
            phone = self.emulator.phone(f"+54911{next(_numbers)}")
            self.numbers.add(phone.number)
        return phone

    def count(self, what: str, times: int = 1) -> None:
        """Something was done to the parts."""
        with self.lock:
            self.done[what] += times

    def key(self, number: str) -> str:
        """How the log names a phone."""
        return self.vault.resident_key(f"whatsapp:{number}")

    def says(self, phone: Phone, text: str, **options: object) -> str:
        """She writes, and it is noted whether the bridge took it; returns the MessageSid."""
        began = time.monotonic()
        told = phone.says(text, **options)
        self._note(told, began)
        return str(told["sid"])

    def chooses(self, phone: Phone, title: str, from_list: bool) -> None:
        """She taps a button or picks an item."""
        began = time.monotonic()
        self._note(phone.picks(title) if from_list else phone.taps(title), began)

    def _note(self, told: dict[str, object], began: float) -> None:
        calls = told.get("webhooks")
        if isinstance(calls, list):
            taken = time.monotonic() if any(call["ok"] for call in calls) else None
            with self.lock:
                self.deliveries[str(told["sid"])] = Delivery(began, taken)

    def kill(self, part: str) -> bool:
        """kill -9; False when it is just being started."""
        with suppress(ProcessLookupError, AssertionError, psutil.Error, FileNotFoundError, ValueError):
            os.kill(self.pid(part), signal.SIGKILL)
            self.count(f"{part} killed")
            return True
        return False

    def pid(self, part: str) -> int:
        """Of the running process of a part."""
        if part == "postgres":
            return int((self.latido.data_dir / "postgres" / "postmaster.pid").read_text().splitlines()[0])
        if part == "valkey":
            return int((self.latido.data_dir / "valkey" / "valkey.pid").read_text())
        return int(self.latido.process_of(part).pid)

    def sends_freely(self, number: str) -> None:
        """WhatsApp's limit for one person is paid back, as it is after some minutes."""
        url = EmbeddedValkey.url_of_running(self.latido.data_dir / "valkey")
        if url is None:
            return  # it is just being started
        with suppress(redis.RedisError):
            redis.Redis.from_url(url).delete(f"latido:pace:resident:{self.key(number)}")

    def is_settled(self) -> bool:
        """Whether all that was written is known and closed, and no booking is half done."""
        try:
            return self._open_work() == 0 and self._written() <= self._known()
        except SQLAlchemyError:
            self._engine = None
            return False

    @property
    def engine(self) -> Engine:
        """A connection to Latido's database."""
        if self._engine is None:
            self._engine = self.latido.engine
        return self._engine

    def _open_work(self) -> int:
        open_messages = select(func.count()).select_from(message).where(message.c.state.in_(OPEN))
        placing = select(func.count()).select_from(bookings).where(bookings.c.state == "placing")
        with self.engine.connect() as connection:
            return sum(int(connection.execute(each).scalar_one()) for each in (open_messages, placing))

    def _written(self) -> set[str]:
        taken = self.emulator.messages()
        return {each["sid"] for each in taken if each["direction"] == "inbound" and each["phone"] in self.numbers}

    def _known(self) -> set[str]:
        stored = select(message.c.provider_sid).where(message.c.direction == "in")
        with self.engine.connect() as connection:
            return set(connection.execute(stored).scalars())


@contextmanager
def a_town(data_dir: Path, health_database: str, seed: int, days: int = 3) -> Iterator[Town]:
    """All of it running; the health service is a server of its own, in `health_database`, with an agenda of `days`."""
    migrate(health_database)
    engine = create_engine(health_database)
    server = FhirServer(engine, Vault("the health service has a secret of its own"))
    fhir = FhirClient(IN_PROCESS_BASE, in_process_session(server))
    _furnish(fhir, days)
    bot_port = free_port()
    bot = Door(Forward(f"http://127.0.0.1:{bot_port}"), BOT_HANGS, random.Random(seed))
    health = Door(Starlette(routes=fhir_routes(server, "/fhir/R4")), HEALTH_HANGS, random.Random(seed + 1))
    with served(bot) as bot_url, served(health) as health_url:
        settings = {
            "LATIDO_BOT_PORT": str(bot_port),
            "LATIDO_BOT_URL": bot_url,
            "LATIDO_FHIR_URL": f"{health_url}/fhir/R4",
            "LATIDO_TURN_TIMEOUT": str(TURN_TIMEOUT),
            "LATIDO_TWILIO_TIMEOUT": str(TWILIO_TIMEOUT),
            "LATIDO_LOG_FORMAT": "json",
            "LATIDO_ACTIONS_APART": "true",
        }
        with running_latido(data_dir, **settings) as latido:
            latido.emulator.limits(pair=False)
            yield Town(latido, bot, health, fhir, latido.vault)
    engine.dispose()


def _furnish(fhir: FhirClient, days: int) -> None:
    """Two centres of one neighbourhood, each with an hour of times on so many days."""
    directory, now = load_directory(), datetime.now(BUENOS_AIRES)
    write_changed(fhir, [each for number in CENTERS for each in center_resources(directory.centers[number], directory)])
    dates = [(now + timedelta(days=2 + day)).date() for day in range(days)]
    rows = [f"{number},{PRENATAL},{day},09:00,10:00,20" for number in CENTERS for day in dates]
    table = "\n".join(["center,service,date,from,to,minutes", *rows, ""])
    import_agenda(fhir, directory, table, datetime.now(UTC))
