"""One clock for everything: the services, the stand-in for Twilio, and what Postgres itself calls now."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, make_url, text
from sqlalchemy import create_engine as sqlalchemy_create_engine

from latido.database import create_engine

GRID = timedelta(minutes=30)
# A function of the same name is found first where the search path names `pg_catalog` last.
_ITS_OWN_NOW = """
CREATE TABLE fast_clock (at timestamptz NOT NULL);
INSERT INTO fast_clock VALUES (:start);
CREATE FUNCTION public.now() RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT at FROM public.fast_clock';
"""
# What is measured here is what is said, not what survives a cut of power.
_SETTINGS = ("search_path = public, pg_catalog", "synchronous_commit = off")


class FastClock:
    """Stands still until it is moved, for Python and for the database; leases and windows run out with it."""

    def __init__(self, engine: Engine, start: datetime) -> None:
        self._engine = engine
        self.now = start.astimezone(UTC)

    def __call__(self) -> datetime:
        """The moment it shows."""
        return self.now

    def move(self, to: datetime) -> None:
        """Go there, never back."""
        if to > self.now:
            with self._engine.begin() as connection:
                connection.execute(text("UPDATE fast_clock SET at = :at"), {"at": to})
            self.now = to.astimezone(UTC)


def with_fast_clock(url: str, start: datetime) -> tuple[Engine, FastClock]:
    """An engine on the empty database at `url`, which from now on knows no other time than the clock's."""
    first = create_engine(url, pool_size=1)
    with first.begin() as connection:
        for statement in _ITS_OWN_NOW.strip().split(";\n"):
            connection.execute(text(statement), {"start": start} if ":start" in statement else {})
        name = connection.execute(text("SELECT current_database()")).scalar_one()
        for setting in _SETTINGS:
            connection.execute(text(f'ALTER DATABASE "{name}" SET {setting}'))
    first.dispose()
    engine = _unasked(url)
    return engine, FastClock(engine, start)


def _unasked(url: str) -> Engine:
    """An engine that does not ask before each use whether its server is still there: a third of all questions."""
    plain = make_url(url).set(drivername="postgresql+psycopg")
    return sqlalchemy_create_engine(plain, pool_size=40, connect_args={"options": "-c timezone=utc"})


def on_grid(moment: datetime) -> datetime:
    """The first moment of the grid that is not earlier: workers look that often."""
    seconds, step = moment.timestamp(), GRID.total_seconds()
    return datetime.fromtimestamp(-(-seconds // step) * step, UTC)
