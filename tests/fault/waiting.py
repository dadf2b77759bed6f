"""Waiting for something to become so, with patience for a slow machine; nothing here judges how long it took."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE = 180.0


def until(done: Callable[[], object], what: str, patience: float = PATIENCE) -> None:
    """Return once `done` says yes; AssertionError with `what` when it never does."""
    deadline = time.monotonic() + patience
    while not done():
        assert time.monotonic() < deadline, f"after {patience:.0f} s still not: {what}"
        time.sleep(0.3)
