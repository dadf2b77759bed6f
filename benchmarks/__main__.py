"""Run every benchmark of both environments and print what was measured on this machine."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BOT_PYTHON = ROOT / ".venv-bot" / "bin" / "python"
# First, before the others have warmed the machine up: its page says how busy it was.
TURNS = ("benchmarks.turns", "--page", "docs/performance.md")
SERVICE = (
    "benchmarks.nearest",
    "benchmarks.booking",
    "benchmarks.fhir_search",
    "benchmarks.reminders",
    "benchmarks.reminder_morning",
    "benchmarks.console",
)
# Last: computed from what has just been measured.
SIZING = ("benchmarks.sizing", "--page", "docs/operations.md")
BOT = ("benchmarks/nlu_latency.py",)


def main() -> int:
    """One after the other, so that they do not disturb each other."""
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}\n")
    commands = [[sys.executable, "-m", *TURNS], *([sys.executable, "-m", name] for name in SERVICE)]
    commands += [[str(BOT_PYTHON), name] for name in BOT if (ROOT / name).exists()]
    commands.append([sys.executable, "-m", *SIZING])
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return max(subprocess.run(command, cwd=ROOT, env=environment).returncode for command in commands)


if __name__ == "__main__":
    sys.exit(main())
