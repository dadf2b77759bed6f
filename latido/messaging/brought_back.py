"""Lanes after Postgres' clock was set back: what was put off until "soon" would wait until the clock has caught up."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine

from latido.clock import SharedClock
from latido.messaging.lanes import bring_back

# Nothing is put off for longer on purpose, but by a reminder that waits for its hour.
LONGEST_PUT_OFF = 60.0


@dataclass
class BroughtBack:
    """Looks at the clock again and again, and after each time it went back, at the lanes."""

    clock: SharedClock
    engine: Engine
    lease_seconds: float
    _seen: int = 0

    def look(self) -> int:
        """How many lanes were due, or leased, for a time that is far ahead again, and are not any more."""
        self.clock.now()
        went_back = self.clock.set_back
        if went_back == self._seen:
            return 0
        count = bring_back(self.engine, LONGEST_PUT_OFF, self.lease_seconds)
        self._seen = went_back  # only now: where it failed it is done again
        return count
