"""A circuit breaker: stop calling a service that keeps failing, so that its outage costs callers nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

FAILURES_TO_OPEN = 3
OPEN_SECONDS = 30.0


class CircuitBreaker:
    """Opens after `failures_to_open` failures in a row; after each pause one caller is let through to see."""

    def __init__(
        self,
        monotonic: Callable[[], float] = time.monotonic,
        failures_to_open: int = FAILURES_TO_OPEN,
        open_seconds: float = OPEN_SECONDS,
    ) -> None:
        self._monotonic = monotonic
        self._failures_to_open = failures_to_open
        self._open_seconds = open_seconds
        self._failures = 0
        self._open_until = 0.0
        self._lock = threading.Lock()

    def may_call(self) -> bool:
        """Whether to try. Once open, True for one caller a pause: say afterwards how it went."""
        with self._lock:
            now = self._monotonic()
            if self._failures < self._failures_to_open:
                return True
            if now < self._open_until:
                return False
            self._open_until = now + self._open_seconds
            return True

    @property
    def is_open(self) -> bool:
        """Whether the service is left alone, but for one call a pause."""
        return self._failures >= self._failures_to_open

    def succeeded(self) -> None:
        """The service answered."""
        with self._lock:
            self._failures = 0

    def failed(self) -> None:
        """The service did not answer properly."""
        with self._lock:
            self._failures += 1
            self._open_until = self._monotonic() + self._open_seconds
