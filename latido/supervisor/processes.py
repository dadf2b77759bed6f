"""Starting processes, prefixing what they print, and starting them again when they die."""

from __future__ import annotations

import ctypes
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import requests

from latido.supervisor.parts import Part
from latido.supervisor.quiet import quiet
from tracelog import relay

logger = logging.getLogger(__name__)

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 15.0
STEADY_AFTER = 30.0
GRACE_SECONDS = 20.0
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None  # loaded before any fork


class Process:
    """One part as a running process."""

    def __init__(self, part: Part, environment: Mapping[str, str], directory: Path) -> None:
        self.part = part
        given = {**os.environ, **environment, **part.environment}
        self._environment = {name: value for name, value in given.items() if name not in part.withheld}
        self._directory = directory
        self._pause = FIRST_PAUSE
        self._started_at = 0.0
        self._start_again_at = 0.0
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it, in a session of its own: Ctrl-C reaches the supervisor alone, which stops all in order."""
        self._started_at = time.monotonic()
        self._process = subprocess.Popen(
            self.part.command,
            cwd=self._directory,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
            preexec_fn=_die_with_parent if _libc else None,
        )
        threading.Thread(target=self._print, args=(self._process,), daemon=True).start()

    def restart_if_dead(self) -> bool:
        """Start it again if it has died, with a growing pause if it dies at once; True when it was started."""
        if self._process is None or self._process.poll() is None:
            return False
        now = time.monotonic()
        if self._start_again_at <= self._started_at:
            steady = now - self._started_at > STEADY_AFTER
            self._pause = FIRST_PAUSE if steady else min(self._pause * 2, LONGEST_PAUSE)
            self._start_again_at = now + self._pause
            say(self.part.name, f"ended with {self._process.returncode}, starting again in {self._pause:.0f} s")
        if now < self._start_again_at:
            return False
        self.start()
        return True

    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.poll() is None

    def is_ready(self) -> bool:
        """Whether it answers; a part without a URL is ready when it runs."""
        if not self.is_alive():
            return False
        if self.part.ready_url is None:
            return True
        try:
            return requests.get(self.part.ready_url, timeout=1.0).ok
        except requests.RequestException:
            return False

    def ask_to_stop(self) -> None:
        """Send SIGTERM."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()

    def wait_stopped(self, grace_seconds: float = GRACE_SECONDS) -> None:
        """Wait for its end; kill it when the grace is over."""
        if self._process is None:
            return
        try:
            self._process.wait(grace_seconds)
        except subprocess.TimeoutExpired:
            say(self.part.name, "does not stop, killing it")
            self._process.kill()
            self._process.wait()

    def _print(self, process: subprocess.Popen[str]) -> None:
        lines = (line.rstrip() for line in process.stdout or ())
        for line in lines if logger.isEnabledFor(logging.DEBUG) else quiet(lines):
            say(self.part.name, line)


def _die_with_parent() -> None:
    """Ask Linux to end this process when the supervisor is killed: an orphan would hold its port for ever."""
    if _libc:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def say(name: str, line: str) -> None:
    """One line of the common log, prefixed with the part it is from."""
    relay(name, line)
