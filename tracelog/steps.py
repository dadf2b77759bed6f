"""Steps of a turn: each is timed, and told to whoever listens when it ends: the log, and a collector of traces."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from tracelog.traces import Trace, current, resumed, trace_of

# Numbers and names of ours alone: never a word, a phone or a name of a resident.
Fact = str | int | float | bool | None


@dataclass
class Step:
    """A step under way; `note` what is worth reading about it."""

    name: str
    trace: Trace
    facts: dict[str, Fact] = field(default_factory=dict)

    def note(self, **facts: Fact) -> None:
        """Add facts: numbers and names of ours, nothing of a resident."""
        self.facts.update(facts)


@dataclass(frozen=True)
class FinishedStep:
    """A step as it ended. Times are nanoseconds since 1970; `parent` is the step it belongs to, none for the first."""

    name: str
    trace: Trace
    parent: Trace | None
    began: int
    ended: int
    facts: dict[str, Fact]
    error: str | None

    @property
    def seconds(self) -> float:
        """How long it took."""
        return (self.ended - self.began) / 1e9


_under_way: ContextVar[Step | None] = ContextVar("latido_step", default=None)
_listeners: list[Callable[[FinishedStep], None]] = []


def tell_of_steps(listener: Callable[[FinishedStep], None]) -> Callable[[], None]:
    """Call `listener` with every step that ends; returns what makes an end of that."""
    _listeners.append(listener)
    return lambda: _listeners.remove(listener)


def note(**facts: Fact) -> None:
    """Add facts to the step under way, if there is one: numbers and names of ours, nothing of a resident."""
    under_way = _under_way.get()
    if under_way is not None:
        under_way.note(**facts)


@contextmanager
def step(name: str, of: Trace | None = None, begins: Trace | None = None, **facts: Fact) -> Iterator[Step]:
    """One step: of the trace given, else of the current one, else of one of its own. `begins` is a trace's first."""
    parent = None if begins else of or current()
    under_way = Step(name, begins or (parent.child() if parent else trace_of(str(time.time_ns()))), dict(facts))
    began, error = time.time_ns(), None
    clock, token = time.perf_counter_ns(), _under_way.set(under_way)
    try:
        with resumed(under_way.trace):
            yield under_way
    except BaseException as raised:
        error = type(raised).__name__
        raise
    finally:
        _under_way.reset(token)
        ended = began + time.perf_counter_ns() - clock
        finished = FinishedStep(name, under_way.trace, parent, began, ended, under_way.facts, error)
        for listener in _listeners:
            listener(finished)
