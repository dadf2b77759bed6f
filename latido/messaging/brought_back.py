"""Lanes after Postgres' clock was set back: what was put off until "soon" would wait until the clock has caught up."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from sqlalchemy import Engine

from latido.clock import SharedClock
from latido.messaging.lanes import bring_back

# Nothing is put off for longer on purpose, but by a reminder that waits for its hour.
LONGEST_PUT_OFF = 60.0


# A transaction that began before the clock was set may be written down after we looked: so long we look again.
LOOK_AGAIN_FOR = 60.0


@dataclass
class BroughtBack:
    """Looks at the clock again and again, and for a while after each time it went back, at the lanes.

    At its start, too: who knows what happened before.
    """

    clock: SharedClock
    engine: Engine
    lease_seconds: float
    _seen: int = -1
    _until: float = -math.inf

    def look(self) -> int:
        """How many lanes were due, or leased, for a time that is far ahead again, and are not any more."""
        self.clock.now()
        if self.clock.set_back != self._seen:
            self._seen, self._until = self.clock.set_back, time.monotonic() + LOOK_AGAIN_FOR
        if time.monotonic() > self._until:
            return 0
        return bring_back(self.engine, LONGEST_PUT_OFF, self.lease_seconds)
