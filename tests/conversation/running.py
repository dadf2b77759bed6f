"""Latido as a resident meets it: every real process, started once for all chats."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import redis
import requests
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import SQLAlchemyError

from latido.crypto import Vault
from latido.database import create_engine
from latido.embedded.postgres import EmbeddedPostgres
from latido.embedded.valkey import EmbeddedValkey
from latido.emulator.client import EmulatorClient
from latido.messaging.tables import alert, message
from latido.sealing.lasting import vault_of
from tests.serving import free_port

PROJECT = Path(__file__).resolve().parent.parent.parent
NOBODY = "http://127.0.0.1:9"
START_PATIENCE = 150.0
OPEN = ("received", "queued", "sending", "unknown")


@dataclass
class Latido:
    """All processes, the emulator's control, and what the log and the FHIR server know."""

    process: subprocess.Popen[str]
    environment: dict[str, str]
    output: list[str] = field(default_factory=list)
    _kept_engine: Engine | None = None

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.environment['LATIDO_PORT']}"

    @property
    def emulator(self) -> EmulatorClient:
        return EmulatorClient(f"http://127.0.0.1:{self.environment['LATIDO_EMULATOR_PORT']}")

    @property
    def data_dir(self) -> Path:
        return Path(self.environment["LATIDO_DATA_DIR"])

    @property
    def engine(self) -> Engine:
        """A connection to the log; waits while `latido up` is starting a killed Postgres again."""
        deadline = time.monotonic() + 30
        while True:
            try:
                given = self.environment.get("LATIDO_DATABASE_URL")
                url = given or EmbeddedPostgres.url_of_running(self.data_dir / "postgres") or ""
                engine = create_engine(url, pool_size=2)
                engine.connect().close()
                return engine
            except SQLAlchemyError:
                assert time.monotonic() < deadline, f"Postgres did not come back\n{self.last_lines()}"
                time.sleep(0.2)

    @property
    def vault(self) -> Vault:
        return vault_of(self.engine, (self.data_dir / "secret-key").read_text())

    def fhir(self, path: str) -> dict[str, Any]:
        """A search or read on the embedded FHIR server, over HTTP."""
        token = (self.data_dir / "service-token").read_text()
        answer = requests.get(
            f"{self.base_url}/fhir/R4/{path}", headers={"Authorization": f"Bearer {token}"}, timeout=10
        )
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def appointments_of(self, number: str, status: str = "booked") -> list[dict[str, Any]]:
        """The appointments a phone has on the FHIR server."""
        key = self.vault.resident_key(number)
        patients = self.fhir(f"Patient?identifier=urn:latido:resident%7C{key}:self,urn:latido:resident%7C{key}:other-1")
        ids = [entry["resource"]["id"] for entry in patients.get("entry", [])]
        if not ids:
            return []
        wanted = ",".join(f"Patient/{one}" for one in ids)
        found = self.fhir(f"Appointment?patient={wanted}&status={status}")
        return [entry["resource"] for entry in found.get("entry", [])]

    def frees_the_slots_of(self, number: str) -> None:
        """Cancel what a phone has booked: the chats after it find the same agenda."""
        key = self.vault.resident_key(number)
        with suppress(requests.RequestException):
            for one in self._care("GET", f"/residents/{key}/appointments").get("appointments", []):
                self._care(
                    "POST", f"/appointments/{one['id']}/cancel", idempotency_key=f"end:{one['id']}", resident=key
                )

    def _care(self, method: str, path: str, **body: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {(self.data_dir / 'service-token').read_text()}"}
        url = f"{self.base_url}/care/v1{path}"
        answer: dict[str, Any] = requests.request(method, url, json=body or None, headers=headers, timeout=10).json()
        return answer

    def log_of(self, number: str) -> list[Any]:
        """The message log of one phone, oldest first."""
        engine = self.engine
        with engine.connect() as connection:
            rows = list(
                connection.execute(
                    select(message).where(message.c.resident == self.vault.resident_key(number)).order_by(message.c.id)
                )
            )
        engine.dispose()
        return rows

    def waits_until_answered(self, number: str, patience: float) -> None:
        """Wait until all that a phone wrote is answered, and each answer has gone out."""
        mine = message.c.resident == self.vault.resident_key(number)
        still_open = select(message.c.id).where(mine, message.c.state.in_(OPEN)).limit(1)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            try:
                self._kept_engine = self._kept_engine or self.engine
                with self._kept_engine.connect() as connection:
                    if connection.execute(still_open).first() is None:
                        return
            except SQLAlchemyError:
                self._kept_engine = None
            time.sleep(0.02)

    def handed_over_to(self, number: str) -> int:
        """How many answers Twilio took for a phone, without those it could not deliver; 0 while Postgres is away."""
        mine = (message.c.resident == self.vault.resident_key(number), message.c.direction == "out")
        taken = (
            message.c.state == "handed_over",
            func.coalesce(message.c.status, "").not_in(("failed", "undelivered")),
        )
        try:
            self._kept_engine = self._kept_engine or self.engine
            with self._kept_engine.connect() as connection:
                return int(connection.execute(select(func.count()).where(*mine, *taken)).scalar_one())
        except SQLAlchemyError:
            self._kept_engine = None
            return 0

    def alerts_of(self, number: str) -> list[str]:
        """The kinds of alerts operators have for one phone."""
        engine = self.engine
        with engine.connect() as connection:
            mine = alert.c.resident == self.vault.resident_key(number)
            kinds = list(connection.execute(select(alert.c.kind).where(mine).order_by(alert.c.id)).scalars())
        engine.dispose()
        return kinds

    def forget_sessions(self) -> None:
        """Empty Valkey, as if it had been lost."""
        redis.Redis.from_url(EmbeddedValkey.url_of_running(self.data_dir / "valkey") or "").flushall()

    def lets_hours_pass(self, number: str, hours: float) -> None:
        """All that one phone and Latido said to each other was so many hours earlier."""
        sessions = redis.Redis.from_url(EmbeddedValkey.url_of_running(self.data_dir / "valkey") or "")
        key = f"latido:tracker:{self.vault.resident_key(number)}"
        events = [json.loads(each) for each in sessions.lrange(key, 0, -1)]
        assert events, f"no session of {number}"
        aged = [json.dumps(event | {"timestamp": event["timestamp"] - hours * 3600}) for event in events]
        sessions.pipeline().delete(key).rpush(key, *aged).execute()

    def kill(self, part: str) -> None:
        """kill -9 one part; `latido up` starts it again."""
        self.process_of(part).kill()

    def pause(self, part: str) -> psutil.Process:
        """Stop a part's clock without ending it; `resume()` on the answer lets it go on."""
        found = self.process_of(part)
        found.suspend()
        return found

    def process_of(self, part: str) -> psutil.Process:
        """The running process of a part."""
        marks = {"bot": "rasa", "actions": "actions", "web": "web", "worker": "worker", "emulator": "emulator"}
        for child in psutil.Process(self.process.pid).children():
            with suppress(psutil.Error):  # one that has just died has no command line any more
                if marks[part] in child.cmdline():
                    return child
        raise AssertionError(f"no process of {part}")

    def waits_until_up(self, part: str, patience: float = 60.0) -> None:
        """Wait until a killed part answers again."""
        port = {"bot": "LATIDO_BOT_PORT", "actions": "LATIDO_ACTIONS_PORT", "web": "LATIDO_PORT"}[part]
        path = {"bot": "/webhooks/latido/ready", "actions": "/health", "web": "/healthz"}[part]
        deadline = time.monotonic() + patience
        while True:
            try:
                if requests.get(f"http://127.0.0.1:{self.environment[port]}{path}", timeout=1).ok:
                    return
            except requests.RequestException:
                pass
            assert time.monotonic() < deadline, f"{part} did not come back\n{self.last_lines()}"
            time.sleep(0.2)

    def last_lines(self, count: int = 60) -> str:
        return "\n".join(self.output[-count:])


@contextmanager
def running_latido(data_dir: Path, **settings: str) -> Iterator[Latido]:
    """`latido up --demo` on free ports with its own data dir and these settings, until the block ends."""
    names = ("LATIDO_PORT", "LATIDO_EMULATOR_PORT", "LATIDO_BOT_PORT", "LATIDO_ACTIONS_PORT", "LATIDO_WORKER_PORT")
    given = {name: value for name, value in os.environ.items() if not name.startswith(("LATIDO_", "TWILIO_"))}
    environment = given | {name: str(free_port()) for name in names} | {"LATIDO_DATA_DIR": str(data_dir)}
    # The city's address services are not to be asked by tests: both lead to a closed port.
    environment |= {"LATIDO_GEOCODER_URL": NOBODY, "LATIDO_SETTLEMENTS_URL": NOBODY} | settings
    process = subprocess.Popen(
        [sys.executable, "-m", "latido.cli", "up", "--demo"],
        cwd=PROJECT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    latido = Latido(process, environment)
    ready = threading.Event()
    threading.Thread(target=_read, args=(process, latido.output, ready), daemon=True).start()
    try:
        deadline = time.monotonic() + START_PATIENCE
        while not ready.wait(0.2):
            assert process.poll() is None and time.monotonic() < deadline, latido.last_lines()
        yield latido
    finally:
        process.terminate()
        process.wait(60)


def _read(process: subprocess.Popen[str], output: list[str], ready: threading.Event) -> None:
    for line in process.stdout or ():
        output.append(line.rstrip())
        if "| ready http" in line or '"ready http' in line:
            ready.set()
