"""So many requests a minute from one address, counted in this process alone."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

A_MINUTE = 60.0
MOST_ADDRESSES = 20_000


class Pace:
    """Counts by address within the running minute; nothing of it is written down."""

    def __init__(self, a_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._a_minute = a_minute
        self._clock = clock
        self._lock = threading.Lock()
        self._began = clock()
        self._counts: dict[str, int] = {}

    def wait_for(self, address: str) -> int:
        """Seconds until this address may ask again; 0 when it may now. A request that has to wait is not counted."""
        with self._lock:
            now = self._clock()
            if now - self._began >= A_MINUTE:
                self._began, self._counts = now, {}
            asked = self._counts.get(address, 0)
            is_full = asked == 0 and len(self._counts) >= MOST_ADDRESSES
            if asked >= self._a_minute or is_full:
                return max(1, math.ceil(self._began + A_MINUTE - now))
            self._counts[address] = asked + 1
            return 0

    def wait_until_free(self, address: str) -> int:
        """The same without counting: seconds until an address that has had its share may ask again, else 0."""
        with self._lock:
            now = self._clock()
            left = self._began + A_MINUTE - now
            is_spent = left > 0 and self._counts.get(address, 0) >= self._a_minute
            return max(1, math.ceil(left)) if is_spent else 0
