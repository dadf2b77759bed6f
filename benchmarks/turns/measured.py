"""What one measurement found: how fast, how late, and what it cost."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

from benchmarks.turns.load import Load, percentile
from benchmarks.turns.processes import spent, usage

# What plays the world outside: on the same cores, but no part of either bot.
OUTSIDE = ("emulator", "residents")


@dataclass(frozen=True)
class Case:
    """What was measured; `rate` is messages a second, None for a closed loop; `distance` milliseconds to Twilio."""

    system: str
    store: str
    sessions: int
    residents: int
    rate: float | None = None
    distance: int = 0

    @property
    def title(self) -> str:
        """Its name in tables and in the chart."""
        how = f"{self.rate:.0f} messages/s" if self.rate else f"{self.residents} waiting"
        far = f", Twilio answers after {self.distance} ms" if self.distance else ""
        return f"{self.system}, {self.store}, {self.sessions} earlier sessions, {how}{far}"


@dataclass(frozen=True)
class Start:
    """Of `latido up`: seconds until it was ready, and bytes of all its processes right then."""

    seconds: float
    memory: int


@dataclass(frozen=True)
class Finding:
    """A case and its figures: times in milliseconds, processor milliseconds a turn and bytes by part."""

    case: Case
    turns: int
    lost: int
    per_second: float
    p50: float
    p95: float
    p99: float
    cpu: Mapping[str, float]
    memory: Mapping[str, int]
    acknowledged_p99: float | None = None

    def acknowledging(self, milliseconds: Sequence[float]) -> Self:
        """The same, with the times in which its webhooks were answered."""
        return replace(self, acknowledged_p99=percentile(milliseconds, 99))

    @property
    def own_cpu(self) -> float:
        """Processor milliseconds a turn, without what plays the world outside."""
        return sum(cost for part, cost in self.cpu.items() if part not in OUTSIDE)

    @property
    def own_memory(self) -> int:
        """Bytes, without what plays the world outside."""
        return sum(size for part, size in self.memory.items() if part not in OUTSIDE)


def measured(case: Case, roots: Iterable[int], run: Callable[[], Load]) -> Finding:
    """Run it once and read before and after what the processes under these ids have used."""
    ids = list(roots)
    before, mine = usage(ids), time.process_time()
    load = run()
    turns = max(len(load.turns), 1)
    after, residents = usage(ids), 1000 * (time.process_time() - mine) / turns
    p50, p95, p99 = (1000 * percentile(load.turns, percent) for percent in (50, 95, 99))
    return Finding(
        case,
        len(load.turns),
        load.lost,
        load.per_second,
        p50,
        p95,
        p99,
        cpu=spent(before, after, turns) | {"residents": residents},
        memory={part: used.memory for part, used in after.items()},
    )
