"""Which turn the running code works on: a trace context (W3C Trace Context) that is worked out or passed on.

The id of a turn's trace is a hash of its message's id, so that parts which meet over the message log alone, and on
other days, find the same one; parts that call each other hand it on in the `traceparent` header.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

HEADER = "traceparent"
_FORM = re.compile(r"00-(?P<trace>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})-[0-9a-f]{2}")
_NOBODY = ("0" * 32, "0" * 16)


@dataclass(frozen=True)
class Trace:
    """A step of a trace: 32 and 16 hexadecimal digits."""

    trace_id: str
    span_id: str

    def child(self) -> Trace:
        """A new step of the same trace."""
        return Trace(self.trace_id, os.urandom(8).hex())

    @property
    def header(self) -> str:
        """The value of `traceparent` for whoever is called from this step."""
        return f"00-{self.trace_id}-{self.span_id}-01"


_current: ContextVar[Trace | None] = ContextVar("latido_trace", default=None)


def trace_of(message: str) -> Trace:
    """The first step of the trace of a message, by the id it has at Twilio (or any other name of the work)."""
    digest = hashlib.sha256(f"latido:{message}".encode()).hexdigest()
    return Trace(digest[:32], digest[32:48])


def parsed(header: str | None) -> Trace | None:
    """The step a caller says it calls from; None where the header is absent or not in its form."""
    found = _FORM.fullmatch((header or "").strip())
    if found is None or found["trace"] == _NOBODY[0] or found["span"] == _NOBODY[1]:
        return None
    return Trace(found["trace"], found["span"])


def current() -> Trace | None:
    """The step the running code belongs to."""
    return _current.get()


def traceparent() -> dict[str, str]:
    """The header that hands the current step on; empty outside of one."""
    trace = _current.get()
    return {HEADER: trace.header} if trace else {}


def resume(trace: Trace | None) -> None:
    """All that the running task does from now on belongs to this step."""
    _current.set(trace)


@contextmanager
def resumed(trace: Trace | None) -> Iterator[None]:
    """The block belongs to this step."""
    token = _current.set(trace)
    try:
        yield
    finally:
        _current.reset(token)
