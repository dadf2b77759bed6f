"""Where a process of Latido spends a turn, from py-spy's samples: each belongs to one package, so they add up.

py-spy is no dependency of Latido: where it is not installed, there is no profile.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.turns.processes import part_of
from benchmarks.turns.stock_project import ROOT

PROFILED = ("bot", "worker", "web", "actions")
SAMPLES_A_SECOND = 100
SHOWN, LEAST = 8, 0.01
REST = "the rest"
# A library by its package; our own code by package and module, or by sub-package.
_LIBRARY = re.compile(r"site-packages/([^/:]+?)(?:\.py)?[/:]")
_OWN = re.compile(re.escape(str(ROOT)) + r"/([a-z]+/[^/:]+?)(?:\.py)?[/:]")


@dataclass(frozen=True)
class Share:
    """A package's share of a process's processor time: 0 to 1."""

    package: str
    share: float


def packages(lines: Iterable[str]) -> list[Share]:
    """The packages of py-spy's raw samples, most first; what is the standard library's counts for its caller."""
    counted: Counter[str] = Counter()
    for line in lines:
        stack, _, count = line.rstrip().rpartition(" ")
        if count.isdigit():
            counted[_package(stack.split(";"))] += int(count)
    total = counted.total() or 1
    shown = [each for each in counted.most_common(SHOWN) if each[1] >= LEAST * total]
    shares = [Share(name, number / total) for name, number in shown]
    rest = total - sum(number for _, number in shown)
    return [*shares, Share(REST, rest / total)] if counted and rest else shares


Profile = Mapping[str, Sequence[Share]]


def profiled(py_spy: str, roots: Sequence[int], seconds: float, run: Callable[[], object]) -> Profile:
    """Run it while py-spy watches every Python process of Latido; the packages of each."""
    with tempfile.TemporaryDirectory(prefix="latido-profile-") as folder:
        watching = [
            subprocess.Popen(
                _command(py_spy, pid, seconds, Path(folder) / part),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            for part, pid in _processes(roots).items()
        ]
        run()
        for each in watching:
            each.wait(seconds + 60)
        return {file.name: packages(file.read_text(encoding="utf-8").splitlines()) for file in Path(folder).iterdir()}


def _command(py_spy: str, pid: int, seconds: float, output: Path) -> list[str]:
    rate = ["--rate", str(SAMPLES_A_SECOND), "--duration", str(round(seconds)), "--nonblocking"]
    return [py_spy, "record", *rate, "--full-filenames", "--format", "raw", "--output", str(output), "--pid", str(pid)]


def _processes(roots: Sequence[int]) -> Mapping[str, int]:
    found: dict[str, int] = {}
    for process in (each for root in roots for each in psutil.Process(root).children(recursive=True)):
        with suppress(psutil.Error):
            if (part := part_of(" ".join(process.cmdline()))) in PROFILED:
                found.setdefault(part, process.pid)
    return found


def _package(frames: Sequence[str]) -> str:
    for frame in reversed(frames):
        if found := _LIBRARY.search(frame) or _OWN.search(frame):
            return found.group(1)
    return "Python"
