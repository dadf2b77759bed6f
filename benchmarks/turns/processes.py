"""Processor time and memory by part, read from the processes themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

import psutil

# In this order: what is found first in a command line names the part.
MARKS: Mapping[str, str] = {
    "latido.cli web": "web",
    "latido.cli worker": "worker",
    "latido.cli emulator": "emulator",
    "benchmarks.turns.emulator": "emulator",
    "latido.cli up": "supervisor",
    "-m actions": "actions",
    "rasa": "bot",
    "valkey": "valkey",
    "redis-server": "valkey",
    "postgres": "postgres",
}


@dataclass(frozen=True)
class Usage:
    """Of one part: processor seconds since its start, and bytes of memory (its share of shared pages, PSS)."""

    cpu: float
    memory: int


def part_of(command: str) -> str:
    """The part that a command line belongs to."""
    return next((part for mark, part in MARKS.items() if mark in command), "other")


def usage(roots: Iterable[int]) -> dict[str, Usage]:
    """What the processes with these ids and all their descendants have used, by part."""
    cpu, memory = defaultdict[str, float](float), defaultdict[str, int](int)
    for process in _trees(roots):
        with suppress(psutil.Error):
            part, times = part_of(" ".join(process.cmdline())), process.cpu_times()
            cpu[part] += times.user + times.system
            # Postgres forks: what its ended backends used is kept by their parent.
            cpu[part] += times.children_user + times.children_system if part == "postgres" else 0.0
            memory[part] += _bytes(process)
    return {part: Usage(cpu[part], memory[part]) for part in cpu}


def spent(before: Mapping[str, Usage], after: Mapping[str, Usage], turns: int) -> dict[str, float]:
    """Milliseconds of processor time a turn, by part, most first."""
    parts = {part: used.cpu - (before[part].cpu if part in before else 0.0) for part, used in after.items()}
    return {part: 1000 * seconds / turns for part, seconds in sorted(parts.items(), key=lambda item: -item[1])}


def _trees(roots: Iterable[int]) -> Iterator[psutil.Process]:
    seen: set[int] = set()
    for root in roots:
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(root)
            for each in (process, *process.children(recursive=True)):
                if each.pid not in seen:
                    seen.add(each.pid)
                    yield each


def _bytes(process: psutil.Process) -> int:
    full = process.memory_full_info()
    return int(getattr(full, "pss", full.uss))
