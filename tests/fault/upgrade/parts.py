"""The parts as processes, each release of them started and stopped as an operator's orchestrator does it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

import requests

from latido.settings import Settings
from latido.supervisor.parts import Part, bot_parts
from tests.fault.upgrade.addresses import Address
from tests.fault.upgrade.releases import MODEL, PROJECT
from tests.fault.waiting import until
from tests.serving import free_port

PATIENCE = 600.0
READY = {"web": "/readyz", "worker": "/readyz", "bot": "/webhooks/latido/ready", "actions": "/ready"}
PORT = {"web": "LATIDO_PORT", "worker": "LATIDO_WORKER_PORT"}


@dataclass(frozen=True)
class Release:
    """Where the service's code is, and which model the bot serves."""

    directory: Path = PROJECT
    model: Path = MODEL


@dataclass
class Running:
    """One process, and the address before it."""

    name: str
    url: str
    process: subprocess.Popen[bytes]
    log: IO[bytes]
    before: Address | None

    def waits_until_ready(self) -> None:
        until(lambda: self.process.poll() is not None or self.says_it_is_ready(), f"{self.name} is ready", PATIENCE)
        assert self.process.poll() is None, f"{self.name} ended\n{self.last_lines()}"
        before = self.before
        if before is not None:
            until(lambda: self.url in before.ready, f"{self.name} is led to", PATIENCE)

    def says_it_is_ready(self) -> bool | None:
        """Whether it is; None when nobody answers."""
        try:
            return requests.get(self.url + READY[self.name], timeout=PATIENCE).ok
        except requests.RequestException:
            return None

    def leaves(self) -> int:
        """Told to stop: not ready, then sent nothing new, then ended by itself; returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        before = self.before
        if before is not None:
            until(lambda: self.says_it_is_ready() is False, f"{self.name} says that it leaves", PATIENCE)
            until(lambda: self.url not in before.ready, f"nobody is led to {self.name}", PATIENCE)
            self.process.send_signal(signal.SIGTERM)  # it need not wait LATIDO_DRAIN_SECONDS
        return self.process.wait(PATIENCE)

    def metrics(self) -> str:
        """What it tells Prometheus."""
        path = "/webhooks/latido/metrics" if self.name == "bot" else "/metrics"
        return requests.get(self.url + path, timeout=PATIENCE).text

    def last_lines(self) -> str:
        self.log.seek(0)
        return self.log.read().decode(errors="replace")[-4000:]


@dataclass
class Parts:
    """Whoever runs; `settings` are the same for all, each process has a port of its own."""

    settings: Mapping[str, str]
    addresses: Mapping[str, Address]
    _started: list[Running] = field(default_factory=list)

    def starts(self, name: str, release: Release) -> Running:
        """Start one more of a part; it is ready some time after."""
        port = free_port()
        part = _service(name, port) if name in PORT else _of_rasa(name, port, release.model)
        directory = release.directory if name in PORT else PROJECT
        given = {**_kept(), **self.settings, **part.environment}
        environment = {key: value for key, value in given.items() if key not in part.withheld}
        log = tempfile.TemporaryFile()  # noqa: SIM115 - closed when all have ended
        process = subprocess.Popen(part.command, cwd=directory, env=environment, stdout=log, stderr=subprocess.STDOUT)
        before = self.addresses.get(name)
        started = Running(name, f"http://127.0.0.1:{port}", process, log, before)
        if before is not None:
            before.stands_before(started.url)
        self._started.append(started)
        return started

    def end(self) -> None:
        """Nobody runs any more."""
        for each in self._started:
            each.process.kill()
            each.process.wait()
            each.log.close()


def migrates(directory: Path, settings: Mapping[str, str]) -> None:
    """`latido migrate` of a release."""
    command = [sys.executable, "-m", "latido.cli", "migrate"]
    done = subprocess.run(command, cwd=directory, env={**_kept(), **settings}, capture_output=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr.decode()


def _kept() -> dict[str, str]:
    return {key: value for key, value in os.environ.items() if not key.startswith(("LATIDO_", "TWILIO_"))}


def _service(name: str, port: int) -> Part:
    return Part(name, (sys.executable, "-m", "latido.cli", name), environment={PORT[name]: str(port)})


def _of_rasa(name: str, port: int, model: Path) -> Part:
    actions, bot = bot_parts(Settings(bot_port=port, actions_port=port), PROJECT)
    part = bot if name == "bot" else actions
    named = {str(MODEL.relative_to(PROJECT)): str(model)}
    return replace(part, command=tuple(named.get(word, word) for word in part.command))
