"""A database whose clock can be set: its sessions find a `now()` of the test's before Postgres' own.

To Latido that is the clock of the machine on which Postgres runs, set by an operator, or by a time server after weeks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import psycopg
from sqlalchemy import make_url

# New tables go into the first schema of the path, so Latido's stand beside the clock.
_MADE = """
CREATE SCHEMA latido;
CREATE TABLE latido.clock (ahead interval NOT NULL);
INSERT INTO latido.clock VALUES ('0');
CREATE FUNCTION latido.now() RETURNS timestamptz LANGUAGE sql STABLE
    AS 'SELECT pg_catalog.now() + (SELECT ahead FROM latido.clock)';
"""


@dataclass(frozen=True)
class JumpingClock:
    """The clock of the empty database at `url`."""

    url: str

    def begin(self) -> None:
        """Put it into the database, before Latido's tables."""
        name = make_url(self.url).database
        with psycopg.connect(self.url) as connection:
            connection.execute(_MADE)
            connection.execute(f'ALTER DATABASE "{name}" SET search_path = latido, pg_catalog'.encode())

    def set(self, ahead: timedelta) -> None:
        """From now on it is ahead of the true time by so much, or behind."""
        with psycopg.connect(self.url) as connection:
            connection.execute("UPDATE latido.clock SET ahead = %s", (ahead,))
