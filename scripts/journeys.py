"""Write docs/journeys.md from the conversation tests: those that are new or changed, or with --all every one."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.conversation import journey_page, recording  # noqa: E402


def main() -> int:
    """Run what is out of date and write the page; what pytest answers when a chat fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", action="store_true", help="every chat, not only those that are new or changed")
    everything = parser.parse_args().all
    page = journey_page.PAGE.read_text(encoding="utf-8") if journey_page.PAGE.exists() else ""
    wanted = journey_page.journeys() if everything else journey_page.outdated(page)
    with tempfile.TemporaryDirectory(prefix="latido-journeys-") as name:
        failed = _run([each.id for each in wanted], name) if wanted else 0
        told = recording.read(Path(name))
    journey_page.PAGE.write_text(journey_page.compose(page, told), encoding="utf-8")
    print(f"journeys: {len(told)} chats written, {len(journey_page.journeys()) - len(told)} as they were")
    return failed


def _run(tests: list[str], folder: str) -> int:
    command = [sys.executable, "-m", "pytest", "-q", *tests]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, "LATIDO_WRITE_JOURNEYS": folder}).returncode


if __name__ == "__main__":
    sys.exit(main())
