"""Patience with a server that is not our own: short retries where these are safe, none while it is down."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from latido.breaker import CircuitBreaker
from latido.fhir.errors import Busy, FhirError, NeverSent, OutcomeUnknown

T = TypeVar("T")

TOO_MANY_REQUESTS = 429


@dataclass(frozen=True)
class Patience:
    """How long somebody who waits is kept: no new try begins after `seconds`; pauses double from `first_pause`."""

    tries: int = 3
    seconds: float = 6.0
    first_pause: float = 0.2


class Resilience:
    """Repeats what may be repeated, and refuses at once, as NeverSent, while the server keeps failing.

    A read is repeated after NeverSent and Busy. A write is repeated only after NeverSent: after a lost answer the
    booking looks whether it was done.
    """

    def __init__(
        self,
        breaker: CircuitBreaker,
        patience: Patience | None = None,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._breaker = breaker
        self._patience = patience or Patience()
        self._sleep = sleep
        self._monotonic = monotonic

    def call(self, send: Callable[[], T], writes: bool) -> T:
        """What `send` returns, perhaps after another try; its last error otherwise."""
        began = self._monotonic()
        for tries in range(1, self._patience.tries + 1):
            try:
                return self._guarded(send)
            except (NeverSent, Busy) as error:
                pause = self._pause(error, tries, self._monotonic() - began, writes)
                if pause is None:
                    raise
            self._sleep(pause)
        raise AssertionError("the last try returns or raises")

    def _guarded(self, send: Callable[[], T]) -> T:
        if not self._breaker.may_call():
            raise LeftAlone("the health service failed repeatedly; it is tried again shortly. Nothing was sent")
        try:
            answer = send()
        except FhirError as error:
            if _is_down(error):
                self._breaker.failed()
            else:
                self._breaker.succeeded()
            raise
        self._breaker.succeeded()
        return answer

    def _pause(self, error: NeverSent | Busy, tries: int, spent: float, writes: bool) -> float | None:
        """Seconds to wait before another try; None when there is to be none."""
        if isinstance(error, LeftAlone) or (writes and isinstance(error, Busy)) or tries >= self._patience.tries:
            return None
        pause = self._patience.first_pause * 2 ** (tries - 1)
        pause *= 0.5 + random.random()  # several workers do not come back in step
        if isinstance(error, Busy) and error.retry_after is not None:
            pause = max(pause, error.retry_after)
        return pause if spent + pause < self._patience.seconds else None


class LeftAlone(NeverSent):
    """The health service failed repeatedly and is not asked for a while. Nothing was sent."""


def _is_down(error: FhirError) -> bool:
    """Whether this failure says that the server is down; one that counts our requests is not."""
    return isinstance(error, NeverSent | OutcomeUnknown | Busy) and error.status != TOO_MANY_REQUESTS
