"""`python -m bot.nlu.scoring dates|gestation|danger FILE`: prints each miss and the figures.

Ends with 0 whatever the score, with 2 when the file or a line of it cannot be scored.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

from bot.nlu.scoring.lines import BadLine, read_lines
from bot.nlu.scoring.report import Scorer, told

# Each names a module beside this one with a SCORER; read only when asked for, so that each starts at once.
KINDS = ("dates", "gestation", "danger")


def main(arguments: list[str]) -> int:
    """The exit code."""
    if len(arguments) != 2 or arguments[0] not in KINDS:
        print(f"usage: python -m bot.nlu.scoring {'|'.join(KINDS)} FILE.jsonl", file=sys.stderr)
        return 2
    scorer: Scorer = import_module(f"bot.nlu.scoring.{arguments[0]}").SCORER
    try:
        lines = list(read_lines(Path(arguments[1]), scorer.fields))
    except BadLine as error:
        print(error, file=sys.stderr)
        return 2
    for row in told(scorer, lines):
        print(row)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
