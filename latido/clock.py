"""What time it is for all of Latido: Postgres' time, so that no machine's own clock decides (docs/adr/0032)."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from prometheus_client import Gauge
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

logger = logging.getLogger(__name__)

LOOK_EVERY = 10.0
# A look that takes longer says little about the moment; a clock that is further off was set.
JUMP = timedelta(seconds=3)
# Where two clocks differ by more, nobody knows which is right.
MAY_DIFFER_BY = timedelta(minutes=2)

DIFFERENCE = Gauge("latido_clock_difference_seconds", "This machine's clock less that of Postgres")


class SharedClock:
    """Postgres' clock, kept going between two looks by this process's monotonic one, which nobody can set.

    `own` is this machine's clock: it serves until Postgres has answered once, and to notice that one of them is wrong.
    """

    def __init__(
        self,
        engine: Engine,
        own: Callable[[], datetime] = lambda: datetime.now(UTC),
        look_every: float = LOOK_EVERY,
    ) -> None:
        self._engine, self._own, self._look_every = engine, own, look_every
        self._looking = threading.Lock()
        self._look_at = 0.0
        self._known: tuple[datetime, float] | None = None
        self._steady_since = time.monotonic()
        self._were_apart = False
        self.set_back = 0  # how many times Postgres' clock was seen to go back

    def now(self) -> datetime:
        """Postgres' time, in UTC; while it cannot be asked, what it said last and the time that has passed since."""
        if time.monotonic() >= self._look_at and self._looking.acquire(blocking=self._known is None):
            try:
                if time.monotonic() >= self._look_at:
                    self._look()
            finally:
                self._looking.release()
        return self._time()

    def steady_for(self) -> float:
        """Since how many seconds this process has known Postgres' clock to go on as clocks do: it looks first."""
        with self._looking:
            return time.monotonic() - self._steady_since if self._look() else 0.0

    def in_doubt(self) -> bool:
        """Whether this machine's clock and Postgres' differ by so much that one of them must be wrong."""
        return abs(self._own() - self.now()) > MAY_DIFFER_BY

    def _time(self) -> datetime:
        if self._known is None:
            return self._own()
        told, heard_at = self._known
        return told + timedelta(seconds=time.monotonic() - heard_at)

    def _look(self) -> bool:
        """Ask Postgres; whether it answered, and soon enough to tell the moment."""
        began = time.monotonic()
        self._look_at = began + self._look_every
        try:
            with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                told = connection.execute(text("SELECT now()")).scalar_one()
        except SQLAlchemyError as error:
            logger.warning("the clock of Postgres cannot be read, time goes on without: %s", type(error).__name__)
            return False
        heard_at = time.monotonic()
        tells = heard_at - began < JUMP.total_seconds()
        if tells or self._known is None:
            self._heed(told + timedelta(seconds=(heard_at - began) / 2), heard_at)
        return tells

    def _heed(self, told: datetime, heard_at: float) -> None:
        step = told - self._time() if self._known is not None else timedelta(0)
        self._known = (told, heard_at)
        if abs(step) > JUMP:
            logger.warning("the clock of Postgres was set by %.0f s", step.total_seconds())
            self._steady_since = heard_at
            self.set_back += step < timedelta(0)
        apart = self._own() - told
        DIFFERENCE.set(apart.total_seconds())
        if abs(apart) > MAY_DIFFER_BY and not self._were_apart:
            logger.error("this machine's clock is %.0f s off that of Postgres: one is wrong", apart.total_seconds())
        self._were_apart = abs(apart) > MAY_DIFFER_BY
