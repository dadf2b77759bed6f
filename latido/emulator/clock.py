"""The emulator's clock: runs like the machine's until somebody sets, moves or stops it."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class Clock:
    """Aware UTC instants; a change wakes everybody who waits for a later one."""

    def __init__(self, source: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._source = source
        self._offset = timedelta()
        self._frozen_at: datetime | None = None
        self._changed = asyncio.Event()

    @property
    def frozen(self) -> bool:
        """Whether it stands still."""
        return self._frozen_at is not None

    @property
    def is_real(self) -> bool:
        """True while nobody has touched it."""
        return not self.frozen and not self._offset

    def now(self) -> datetime:
        """The instant it shows."""
        return self._frozen_at if self._frozen_at is not None else self._source() + self._offset

    def set(self, instant: datetime) -> None:
        """Go to an instant and run on from there (or stay there, when frozen)."""
        if instant.tzinfo is None:
            raise ValueError("give the clock an instant with its zone, such as 2026-11-23T10:00:00-03:00")
        instant = instant.astimezone(UTC)
        self._offset = instant - self._source()
        if self.frozen:
            self._frozen_at = instant
        self._announce()

    def advance(self, seconds: float) -> None:
        """Move it on, or back with a negative number of seconds."""
        self.set(self.now() + timedelta(seconds=seconds))

    def freeze(self, frozen: bool = True) -> None:
        """Stop it where it is, or let it run on from there."""
        now = self.now()
        self._offset = now - self._source()
        self._frozen_at = now if frozen else None
        self._announce()

    def reset(self) -> None:
        """Back to the machine's own time."""
        self._offset, self._frozen_at = timedelta(), None
        self._announce()

    async def sleep_until(self, instant: datetime) -> None:
        """Return once this clock has passed `instant`, however it got there."""
        while (left := (instant - self.now()).total_seconds()) > 0:
            changed = self._changed
            try:
                await asyncio.wait_for(changed.wait(), timeout=None if self.frozen else left)
            except TimeoutError:
                continue

    def _announce(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()
