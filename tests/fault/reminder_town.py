"""Residents whose reminders are due, and everything between them and Twilio: what may be killed, and what is audited.

Postgres, Valkey and two workers are processes and can be killed; the bridge and the stand-in for Twilio live on.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import yaml
from sqlalchemy import Engine, delete, func, select, text, tuple_, update
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette

from latido.bridge.routes import Bridge, routes
from latido.bridge.signature import SignatureCheck
from latido.care.services import BUENOS_AIRES, Care, create_care
from latido.crypto import Vault
from latido.database import analyze, create_engine, migrate
from latido.embedded.postgres import EmbeddedPostgres
from latido.embedded.valkey import EmbeddedValkey
from latido.emulator import EmulatorConfig, create_app
from latido.emulator.client import EmulatorClient
from latido.emulator.state import Emulator
from latido.fhir.client import FhirClient
from latido.fhir.server import FhirServer
from latido.fhir.transport import IN_PROCESS_BASE, in_process_session
from latido.messaging.notices import Notices
from latido.messaging.tables import lane, message
from latido.messaging.templates.replies import reminder_reply
from latido.reminders.parts import Reminders
from latido.reminders.policy_data import POLICY_FILE, load_policy
from latido.reminders.rounds import plan_all
from latido.reminders.rules.plan import plan
from latido.reminders.tables import changes, plans, reminder
from tests.fault.moving_in import move_in
from tests.serving import free_port, served

ACCOUNT, TOKEN, LATIDO = "AC" + "de" * 16, "emulator-for-tests", "whatsapp:+5491150500147"
SECRET = "a-secret-for-this-test-alone-of-some-length"
WORKERS = 2
IN_HAND = ("queued", "sending", "unknown")
WAITING = ("pending", "claimed", "queued")
TOTAL = func.count().label("total")


@dataclass
class Town:
    """All of it. `told`: when each resident told what makes her reminder wrong, by her key."""

    directory: Path
    postgres: EmbeddedPostgres
    valkey: EmbeddedValkey
    engine: Engine
    care: Care
    emulator: Emulator
    client: EmulatorClient
    environment: dict[str, str]
    numbers: list[str] = field(default_factory=list)
    appointments: dict[str, str] = field(default_factory=dict)
    told: dict[str, tuple[str, datetime]] = field(default_factory=dict)
    told_in_time: int = 0
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    kills: Counter[str] = field(default_factory=Counter)

    def key(self, number: str) -> str:
        return self.care.vault.resident_key(f"whatsapp:{number}")

    # Its residents.

    def move_in(self, count: int) -> None:
        """Residents who wrote, want reminders, and booked ten days ago what begins in two days or three."""
        for home in move_in(self.care, count):
            self.appointments[home.phone] = home.appointment
            self.numbers.append(home.phone)
            self.emulator.phone(home.phone).last_inbound_at = datetime.now(UTC)
        analyze(self.engine)

    def plan_everybody(self) -> None:
        """Make all of them due before any worker is there: else the planners are slower than those who send."""
        care = replace(self.care, now=lambda: datetime.now(UTC))
        policy = load_policy(Path(self.environment["LATIDO_REMINDERS_POLICY"]))
        plan_all(
            Reminders(
                care,
                lambda known, now: plan(known, care.calendars, policy, BUENOS_AIRES, now),
                policy,
                reminder_reply,
            )
        )

    # What is killed.

    def start_worker(self) -> None:
        command = [sys.executable, "-m", "latido.cli", "worker", "--only", "reminders,sender"]
        log = (self.directory / "workers.log").open("ab")
        self.workers.append(subprocess.Popen(command, env=os.environ | self.environment, stderr=log, stdout=log))

    def kill_worker(self, chance: random.Random) -> None:
        victim = self.workers.pop(chance.randrange(len(self.workers)))
        victim.send_signal(signal.SIGKILL)
        victim.wait()
        self.start_worker()

    def kill_postgres(self, chance: random.Random) -> None:
        """The postmaster and all that serve its connections, in the middle of whatever they do."""
        postmaster = psutil.Process(self.postgres.pid or 0)
        for each in [postmaster, *postmaster.children(recursive=True)]:
            try:
                each.kill()
            except psutil.NoSuchProcess:
                continue
        postmaster.wait(60)
        self.postgres.start()

    def kill_valkey(self, chance: random.Random) -> None:
        os.kill(self.valkey.pid or 0, signal.SIGKILL)
        time.sleep(chance.uniform(0.0, 1.0))
        self.valkey.start()

    def kill(self, part: str, chance: random.Random) -> None:
        """Kill -9 one of `worker`, `postgres` and `valkey`, and start it again."""
        {"worker": self.kill_worker, "postgres": self.kill_postgres, "valkey": self.kill_valkey}[part](chance)
        self.kills[part] += 1

    def leases_run_out(self) -> None:
        """As if the dead had been dead for long, and the living too slow: whoever works on may be overtaken."""
        over = text("now() - interval '1 second'")
        for table in (reminder, plans, lane):
            key = tuple_(*table.primary_key.columns)
            # Rows that somebody holds just now are let be: workers lock several in an order of their own.
            held = select(*table.primary_key.columns).where(table.c.lease_until.is_not(None))
            with self.engine.begin() as connection:
                free = [tuple(row) for row in connection.execute(held.with_for_update(skip_locked=True))]
                connection.execute(update(table).where(key.in_(free)).values(lease_until=over))

    # What becomes of it.

    def states(self) -> Counter[str]:
        """Of the confirmations of all."""
        query = select(reminder.c.state, TOTAL).where(reminder.c.name == "confirm").group_by(reminder.c.state)
        with self.engine.connect() as connection:
            return Counter({row.state: row.total for row in connection.execute(query)})

    def settled(self) -> int:
        """How many confirmations were said or dropped."""
        return sum(count for state, count in self.states().items() if state not in WAITING)

    def progress(self) -> Counter[str]:
        """How far all of it has come: rows by state, and messages by theirs."""
        theirs = message.c.reminder_id.is_not(None)
        query = select(message.c.state, TOTAL).where(theirs).group_by(message.c.state)
        with self.engine.connect() as connection:
            found = Counter({f"message {row.state}": row.total for row in connection.execute(query)})
        return self.states() + found

    def under_way(self) -> set[str]:
        """The residents whose confirmation a worker has in its hands, or Twilio's answer to it."""
        query = select(reminder.c.resident).where(reminder.c.name == "confirm", reminder.c.state.in_(WAITING[1:]))
        with self.engine.connect() as connection:
            return set(connection.execute(query).scalars())

    def in_hand(self) -> int:
        """Messages and rows that nobody has settled yet, and plans that are stale."""
        open_messages = select(message.c.id).where(message.c.state.in_(IN_HAND))
        waiting = (reminder.c.state == "pending") & (reminder.c.due_at <= datetime.now(UTC))
        open_rows = select(reminder.c.id).where(
            reminder.c.name == "confirm", reminder.c.state.in_(("claimed", "queued")) | waiting
        )
        stale = select(changes.c.id)
        with self.engine.connect() as connection:
            counts = (select(func.count()).select_from(each.subquery()) for each in (open_messages, open_rows, stale))
            return sum(int(connection.execute(each).scalar_one()) for each in counts)

    def is_settled(self) -> bool:
        """Whether every reminder was said or dropped, and nothing is in hand; False while the database is away."""
        try:
            planned = sum(self.states().values()) >= len(self.numbers) - len(self.told)
            return planned and self.in_hand() == 0
        except SQLAlchemyError:
            return False

    def waits_until_settled(self, seconds: float) -> bool:
        """Until that is so; False when it takes longer."""
        give_up = time.monotonic() + seconds
        while not self.is_settled():
            if time.monotonic() > give_up:
                return False
            time.sleep(0.5)
        return True

    def closes(self, seconds: float) -> None:
        """Begin nothing more, and let what is in hand be settled."""
        told = [self.key(number) for number in self.told]
        give_up = time.monotonic() + seconds
        while time.monotonic() < give_up:
            with self.engine.begin() as connection:
                connection.execute(delete(changes).where(changes.c.resident.not_in(told)))
                later = update(reminder).where(reminder.c.state == "pending")
                connection.execute(later.values(due_at=datetime.now(UTC) + timedelta(days=1)))
            if self.in_hand() == 0:
                return
            time.sleep(1.0)

    def not_reached(self) -> set[str]:
        """The residents whose confirmation nobody has come to yet, or whose message is not settled."""
        waits = select(reminder.c.resident).where(reminder.c.name == "confirm", reminder.c.state.in_(WAITING))
        planned = select(reminder.c.resident).where(reminder.c.name == "confirm")
        with self.engine.connect() as connection:
            waiting, known = (set(connection.execute(each).scalars()) for each in (waits, planned))
        return waiting | ({self.key(number) for number in self.numbers} - known)

    def end(self) -> None:
        for process in self.workers:
            process.send_signal(signal.SIGKILL)
            process.wait()


def retried(act: Callable[[], object], seconds: float = 120.0) -> None:
    """Do it again while the database is away, as a resident's phone or a web server would."""
    give_up = time.monotonic() + seconds
    while True:
        try:
            act()
            return
        except SQLAlchemyError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.3)


@contextmanager
def a_town(directory: Path) -> Iterator[Town]:
    """An empty one, all servers running, no workers yet."""
    postgres, valkey = EmbeddedPostgres(directory / "postgres"), EmbeddedValkey(directory / "valkey")
    try:
        url, redis_url = postgres.start(), valkey.start()
        migrate(url)
        engine, vault = create_engine(url), Vault(SECRET)
        bridge_port, emulator_port = free_port(), free_port()
        base = f"http://127.0.0.1:{bridge_port}"
        bridge = Bridge(SignatureCheck([TOKEN], base), ACCOUNT, engine, vault, lambda name: None)
        config = EmulatorConfig(
            account_sid=ACCOUNT,
            auth_token=TOKEN,
            sender=LATIDO,
            inbound_url=f"{base}/webhooks/twilio/inbound",
            port=emulator_port,
        )
        app = create_app(config)
        with served(Starlette(routes=routes(bridge)), bridge_port), served(app, emulator_port) as emulator:
            environment = _environment(directory, url, redis_url, base, emulator)
            care = _care(engine, vault)
            client = EmulatorClient(emulator)
            town = Town(directory, postgres, valkey, engine, care, app.state.emulator, client, environment)
            try:
                yield town
            finally:
                town.end()
                engine.dispose()
    finally:
        postgres.stop()
        valkey.stop()


def _care(engine: Engine, vault: Vault) -> Care:
    fhir = FhirClient(IN_PROCESS_BASE, in_process_session(FhirServer(engine, vault)))
    then = datetime.now(UTC) - timedelta(days=10)
    return replace(create_care(engine, vault, fhir, "http://127.0.0.1:9", lambda: then), messenger=Notices(vault))


def _environment(directory: Path, url: str, redis_url: str, base: str, emulator: str) -> dict[str, str]:
    return {
        "LATIDO_DATABASE_URL": url,
        "LATIDO_REDIS_URL": redis_url,
        "LATIDO_PUBLIC_URL": base,
        "LATIDO_SECRET_KEY": SECRET,
        "LATIDO_TWILIO_TIMEOUT": "1",
        "LATIDO_DATA_DIR": str(directory),
        "LATIDO_REMINDERS_POLICY": str(_policy(directory)),
        "TWILIO_ACCOUNT_SID": ACCOUNT,
        "TWILIO_AUTH_TOKEN": TOKEN,
        "TWILIO_WHATSAPP_FROM": LATIDO,
        "TWILIO_API_BASE_URL": emulator,
    }


def _policy(directory: Path) -> Path:
    """The policy without nights, so that it does not matter when this runs."""
    content = yaml.safe_load(POLICY_FILE.read_text(encoding="utf-8"))
    whole_day = {"opens": "00:00", "closes": "23:59"}
    path = directory / "policy.yml"
    path.write_text(yaml.safe_dump(content | {"hours": whole_day, "morning_hours": whole_day}), encoding="utf-8")
    return path
