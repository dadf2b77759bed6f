"""How large Latido has to be: `python -m benchmarks.sizing --measure 60` measures, without it only computes.

What was measured is kept beside this file, so that the table can be computed again when a turn costs less.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.sizing.computing import SCALES, cost_of_a_turn, size
from benchmarks.sizing.measuring import Measured, measure
from benchmarks.sizing.printing import page

KEPT = Path(__file__).parent / "measured.json"
PERFORMANCE = Path("docs/performance.md")
BEGIN, END = "<!-- sizing: begin, written by python -m benchmarks.sizing -->", "<!-- sizing: end -->"


def main() -> None:
    """Measure if asked to, compute, print, and write into a page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--measure", type=int, metavar="N", help="hold N conversations with every real process")
    parser.add_argument("--page", type=Path, help="write the tables between its markers (docs/operations.md)")
    options = parser.parse_args()
    if options.measure:
        told = {"at": f"{datetime.now(UTC):%Y-%m-%d}", "measured": asdict(measure(options.measure))}
        KEPT.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    told = json.loads(KEPT.read_text(encoding="utf-8"))
    of_one, milliseconds = Measured(**told["measured"]), cost_of_a_turn(PERFORMANCE)
    text = page(of_one, milliseconds, [size(each, of_one, milliseconds) for each in SCALES], told["at"])
    print(text)
    if options.page:
        options.page.write_text(placed(options.page.read_text(encoding="utf-8"), text), encoding="utf-8")


def placed(document: str, text: str) -> str:
    """The document with this text between its markers; ValueError where they are not in it."""
    before, begin, rest = document.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"no place for the tables: put {BEGIN} and {END} into the page")
    return f"{before}{BEGIN}\n{text}\n{END}{after}"


if __name__ == "__main__":
    main()
