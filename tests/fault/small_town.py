"""A town without Rasa: the real bridge, the emulator and a bot that says everything again, in the test's own process.

Workers are real processes; what they are given are settings, so that they may run on any host.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from latido.bridge.routes import Bridge, routes
from latido.bridge.signature import SignatureCheck
from latido.crypto import Vault
from latido.database import create_engine
from latido.emulator import EmulatorConfig, create_app
from latido.emulator.client import EmulatorClient, Phone
from latido.messaging.tables import message
from latido.schema import metadata
from latido.sealing.lasting import vault_of
from latido.web import Area
from latido.web import create_app as create_web
from tests.fault.audit import Report, audit, gather
from tests.fault.waiting import until
from tests.serving import free_port, served

PROJECT = Path(__file__).resolve().parent.parent.parent
ACCOUNT, TOKEN, SENDER = "AC" + "de" * 16, "emulator-for-tests", "whatsapp:+5491150500147"
SECRET, SERVICE_TOKEN = "a secret of the small town, for tests", "service-token-of-the-small-town"
OPEN = ("received", "queued", "sending", "unknown")


class EchoingBot:
    """Answers `eco: <text>` to every turn, and the same again to the same; while `shut` it lets them wait."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []  # by which address, for which message
        self.shut = False

    def app(self) -> Starlette:
        """Its web application."""
        return Starlette(routes=[Route("/webhooks/latido/turn", self._turn, methods=["POST"])])

    async def _turn(self, request: Request) -> Response:
        body = await request.json()
        self.asked.append((request.client.host if request.client else "", body["message_sid"]))
        while self.shut:
            await asyncio.sleep(0.02)
        return JSONResponse({"replies": [{"type": "text", "text": f"eco: {body['text']}"}]})


@dataclass
class Worker:
    """A worker's process and what it has printed."""

    process: subprocess.Popen[str]
    output: list[str] = field(default_factory=list)

    def says(self, words: str) -> bool:
        """Whether these words stand in its log."""
        return any(words in line for line in list(self.output))

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self.output.append(line.rstrip())


@dataclass
class Town:
    """Everything but the workers."""

    engine: Engine
    vault: Vault
    bot: EchoingBot
    emulator: EmulatorClient
    environment: dict[str, str]
    phones: list[Phone] = field(default_factory=list)

    def settle(self, count: int) -> list[Phone]:
        """So many more residents with a phone."""
        first = len(self.phones)
        new = [self.emulator.phone(f"+54911{50_000_000 + first + n}") for n in range(count)]
        self.phones += new
        return new

    def everybody_says(self, text: str, phones: Sequence[Phone] | None = None) -> None:
        """Each of them writes this, and the bridge has it."""
        for phone in phones or self.phones:
            phone.says(text)

    def rows(self) -> list[Any]:
        """The whole message log, oldest first."""
        with self.engine.connect() as connection:
            return list(connection.execute(select(message).order_by(message.c.id)))

    def open_rows(self) -> list[Any]:
        """What still waits for its turn or its sending."""
        return [row for row in self.rows() if row.state in OPEN]

    @property
    def base(self) -> str:
        """Where Latido's web process answers."""
        return self.environment["LATIDO_PUBLIC_URL"]

    def acknowledged(self) -> set[str]:
        """The messages of which the bridge told Twilio that it has them."""
        tried = self.emulator.webhooks(kind="inbound")
        return {each["sid"] for each in tried if any(200 <= (one["status"] or 0) < 300 for one in each["attempts"])}

    def stored(self) -> set[str]:
        """The messages that are in the log."""
        return {row.provider_sid for row in self.rows() if row.direction == "in"}

    def audited(self, name: str, troubles: Mapping[str, int]) -> Report:
        """What the log and Twilio say of everybody, judged."""
        heard = gather(self.engine, self.vault, self.emulator, [phone.number for phone in self.phones])
        return audit(name, heard, troubles)

    def missing(self) -> set[str]:
        """The phones of which the log does not have all that was written."""
        known = {row.provider_sid for row in self.rows()}
        seen = [(phone.number, each) for phone in self.phones for each in phone.transcript()]
        return {number for number, each in seen if each.direction == "inbound" and each.sid not in known}

    def is_quiet(self) -> bool:
        """Whether all that was written is stored, answered, sent and shown."""
        if self.open_rows() or self.missing():
            return False
        shown = {seen.sid for phone in self.phones for seen in phone.transcript()}
        return all(row.provider_sid in shown for row in self.rows() if row.state == "handed_over")

    def waits_until_quiet(self) -> None:
        """Until nothing is open any more."""
        until(self.is_quiet, "all is answered and sent")

    def problems(self, in_order: bool = True) -> list[str]:
        """What is wrong on the phones and in the log: of an echo everything can be told.

        `in_order`: what was refused for a while, and fetched, was overtaken by what she wrote later.
        """
        wrong = [f"message {row.id} is {row.state}: {row.last_error}" for row in self.rows() if not _is_done(row)]
        for phone in self.phones:
            said = [f"eco: {seen.body}" for seen in phone.transcript() if seen.direction == "inbound"]
            heard = [seen.body for seen in phone.transcript() if seen.direction != "inbound"]
            if (said if in_order else sorted(said)) != (heard if in_order else sorted(heard)):
                wrong.append(f"{phone.number} wrote {len(said)} messages and reads {heard}")
        return wrong

    @contextmanager
    def worker(self, command: Sequence[str] = (), log: str = "", **environment: str) -> Iterator[Worker]:
        """A worker of turns and sending, started by `command` if one is given, with these settings over the town's.

        `log`: the file for what it prints; else it is kept.
        """
        printed = Path(log).open("w") if log else None  # noqa: SIM115 - the process has it
        process = subprocess.Popen(
            [*command, sys.executable, "-m", "latido.cli", "worker", "--only", "turns,sender"],
            env=os.environ | self.environment | environment,
            cwd=self.environment["LATIDO_DATA_DIR"],
            stdout=printed or subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        worker = Worker(process)
        threading.Thread(target=worker._read, daemon=True).start()
        try:
            yield worker
        finally:
            process.kill()
            process.wait()


@contextmanager
def small_town(database_url: str, workers_url: str, address: str, directory: Path) -> Iterator[Town]:
    """The town at an address of this machine; workers reach the database at `workers_url`."""
    engine = create_engine(database_url, pool_size=10, lock_seconds=4.0)
    metadata.create_all(engine)
    vault, bot = vault_of(engine, SECRET), EchoingBot()
    bridge_port, bot_port, emulator_port = free_port(), free_port(), free_port()
    base = f"http://{address}:{bridge_port}"
    bridge = Bridge(SignatureCheck([TOKEN], base), ACCOUNT, engine, vault, lambda name: None)
    config = EmulatorConfig(
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        sender=SENDER,
        inbound_url=f"{base}/webhooks/twilio/inbound#rc=2&rp=5xx,ct,rt&rt=4000",
        port=emulator_port,
    )
    web = create_web([Area("bridge", "/webhooks", routes(bridge), direct=True)], engine, SERVICE_TOKEN)
    with ExitStack() as stack:
        stack.callback(engine.dispose)
        stack.enter_context(served(web, bridge_port, address))
        bot_url = stack.enter_context(served(bot.app(), bot_port, address))
        emulator_url = stack.enter_context(served(create_app(config), emulator_port, address))
        environment = {
            "PYTHONPATH": str(PROJECT),
            "LATIDO_DATA_DIR": str(directory),
            "LATIDO_DATABASE_URL": workers_url,
            "LATIDO_REDIS_URL": f"redis://{address}:9/0",
            "LATIDO_SECRET_KEY": SECRET,
            "LATIDO_SERVICE_TOKEN": SERVICE_TOKEN,
            "LATIDO_BOT_URL": bot_url,
            "LATIDO_PUBLIC_URL": base,
            "LATIDO_WORKER_PORT": "0",
            "LATIDO_TURN_TIMEOUT": "4",
            "LATIDO_TWILIO_TIMEOUT": "2",
            "TWILIO_API_BASE_URL": emulator_url,
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_WHATSAPP_FROM": SENDER,
        }
        emulator = EmulatorClient(emulator_url)
        emulator.limits(pair=False)
        yield Town(engine, vault, bot, emulator, environment)


def _is_done(row: Any) -> bool:
    return bool(row.state == ("answered" if row.direction == "in" else "handed_over"))
