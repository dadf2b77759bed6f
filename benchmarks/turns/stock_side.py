"""A stock Rasa project under measurement: `rasa run`, its own Twilio channel, the emulator for Twilio."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import requests
import yaml

from benchmarks.turns.emulator import ACCOUNT, SENDER, TOKEN
from benchmarks.turns.stock_project import ENVIRONMENT, RASA, ROOT
from latido.embedded.valkey import EmbeddedValkey
from tests.serving import free_port

START_PATIENCE = 900.0
TURNS_A_SESSION = 10
CHANNEL = "benchmarks.turns.stock_channel.EmulatedTwilio"


class NotUp(RuntimeError):
    """A process did not answer in time or ended at once; its log says why."""


@dataclass(frozen=True)
class Stock:
    """A running stock project: the emulator that stands before it, and its processes."""

    emulator_url: str
    channel_url: str
    roots: Sequence[int]

    def lived(self, numbers: Sequence[str], sessions: int) -> None:
        """Everybody has chatted that many times before, ten turns each."""
        for number in numbers:
            wanted = {"sender": f"whatsapp:{number}", "sessions": sessions, "turns": TURNS_A_SESSION}
            requests.post(f"{self.channel_url}/history", json=wanted, timeout=600).raise_for_status()


@contextmanager
def stock_up(project: Path, model: Path, redis: bool) -> Iterator[Stock]:
    """`rasa run` with that model and store, and an emulator, until the block ends."""
    bot_port, emulator_port = free_port(), free_port()
    channel = f"http://127.0.0.1:{bot_port}/webhooks/twilio"
    with ExitStack() as stack:
        valkey = stack.enter_context(_valkey(project / "valkey")) if redis else None
        _configure(project, f"http://127.0.0.1:{emulator_port}", valkey.url if valkey else None)
        run = [str(RASA), "run", "--model", str(model), "--port", str(bot_port), "--interface", "127.0.0.1"]
        bot = stack.enter_context(_process(run, project, {"PYTHONPATH": str(ROOT)}))
        play = [sys.executable, "-m", "benchmarks.turns.emulator", str(emulator_port), f"{channel}/webhook"]
        emulator = stack.enter_context(_process(play, ROOT, {}))
        _wait(bot, f"{channel}/", project)
        _wait(emulator, f"http://127.0.0.1:{emulator_port}/emulator/phones", project)
        ids = [bot.pid, emulator.pid, *([valkey.pid] if valkey and valkey.pid else [])]
        yield Stock(f"http://127.0.0.1:{emulator_port}", channel, ids)


@contextmanager
def _valkey(folder: Path) -> Iterator[EmbeddedValkey]:
    valkey = EmbeddedValkey(folder)
    valkey.start()
    try:
        yield valkey
    finally:
        valkey.stop()


@contextmanager
def _process(command: Sequence[str], folder: Path, variables: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    environment = {**os.environ, **ENVIRONMENT, **variables}
    with (folder / "bench.log").open("ab") if folder != ROOT else open(os.devnull, "ab") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            yield process
        finally:
            process.terminate()
            process.wait(60)


def _configure(project: Path, api_url: str, redis_url: str | None) -> None:
    twilio = {"account_sid": ACCOUNT, "auth_token": TOKEN, "twilio_number": SENDER, "api_url": api_url}
    (project / "credentials.yml").write_text(yaml.safe_dump({CHANNEL: twilio}), encoding="utf-8")
    where = urlsplit(redis_url) if redis_url else None
    store = {"tracker_store": {"type": "redis", "url": where.hostname, "port": where.port, "db": 0}} if where else {}
    (project / "endpoints.yml").write_text(yaml.safe_dump(store), encoding="utf-8")


def _wait(process: subprocess.Popen[bytes], url: str, project: Path) -> None:
    deadline = time.monotonic() + START_PATIENCE
    while True:
        try:
            if requests.get(url, timeout=2).ok:
                return
        except requests.RequestException:
            pass
        if process.poll() is not None or time.monotonic() > deadline:
            log = (project / "bench.log").read_text(encoding="utf-8", errors="replace")
            raise NotUp(f"nothing answers at {url}:\n{log[-2000:]}")
        time.sleep(0.3)
