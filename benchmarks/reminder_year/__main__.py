"""`python -m benchmarks.reminder_year`: live through a year, judge it, and write its report; 1 if anything was wrong.

The residents are split into towns that share the year's outages and faults, two of which are run at a time. With
`--keep` each town's diary is kept, so that an interrupted run goes on where it was.
"""

from __future__ import annotations

import argparse
import pickle
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from benchmarks.reminder_year.judgement import judged
from benchmarks.reminder_year.living import live_alone
from benchmarks.reminder_year.report import write_report

PER_TOWN, AT_ONCE = 25, 2


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--residents", type=int, default=1000)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="a folder for the diaries of the towns")
    parser.add_argument("--judge-only", action="store_true", help="live no more: judge the diaries that are kept")
    parser.add_argument("--report", type=Path, help="write the report here, its chart into pictures/ beside it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="latido-diaries-") as name:
        keep = options.keep or Path(name)
        keep.mkdir(parents=True, exist_ok=True)
        paths = _kept(options, keep) if options.judge_only else _lived(options, keep)
        judgement = judged([pickle.loads(path.read_bytes()) for path in paths])
    print(judgement.summary())
    if options.report:
        (options.report.parent / "pictures").mkdir(parents=True, exist_ok=True)
        write_report(judgement, options.report)
    return 1 if judgement.violations else 0


def _kept(options: argparse.Namespace, keep: Path) -> list[Path]:
    return sorted(keep.glob(f"{options.seed}-{options.days}-*.diary"))


def _lived(options: argparse.Namespace, keep: Path) -> list[Path]:
    firsts = range(0, options.residents, PER_TOWN)
    one = partial(live_alone, options.seed, options.days, keep)
    with ProcessPoolExecutor(AT_ONCE, mp_context=get_context("spawn")) as pool:
        towns = [pool.submit(one, first, min(PER_TOWN, options.residents - first)) for first in firsts]
        for number, done in enumerate(as_completed(towns), 1):
            print(f"town {number} of {len(towns)}: {done.result().name}", flush=True)
    return [each.result() for each in towns]


if __name__ == "__main__":
    sys.exit(main())
