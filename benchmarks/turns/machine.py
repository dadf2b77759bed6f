"""The machine a measurement ran on, and how busy it already was."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil

# Above this many waiting processes at the start, others were at work and the figures tell of them too.
QUIET = 2.0


@dataclass(frozen=True)
class Machine:
    """What decides a figure besides the code; `load` is the average of the last minute."""

    when: str
    cores: int
    processor: str
    memory_gb: float
    system: str
    python: str
    load: float

    @property
    def busy(self) -> bool:
        """Whether others were at work when the measurement began."""
        return self.load > QUIET


def this_machine() -> Machine:
    """This machine, now."""
    return Machine(
        when=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        cores=os.cpu_count() or 1,
        processor=_processor(),
        memory_gb=round(psutil.virtual_memory().total / 2**30, 1),
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        load=round(os.getloadavg()[0], 1),
    )


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or "unknown processor")
