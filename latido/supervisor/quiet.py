"""What the common log leaves out: the parts' libraries telling of their own age and of every function they found."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

AGEING = re.compile(r"\w*Warning: |^Implementing implicit namespace packages")
CHATTER = re.compile(r"(?:^| )INFO +(rasa_sdk\.executor|root|rasa\.core\.processor)\b")


def quiet(lines: Iterable[str]) -> Iterator[str]:
    """The lines worth an operator's eye: no deprecation warnings (each with a source line), no start-up chatter."""
    under_warning = False
    for line in lines:
        if AGEING.search(line):
            under_warning = True
        elif under_warning and line.startswith("  ") and "Error" not in line:
            under_warning = False
        elif not CHATTER.search(line):
            under_warning = False
            yield line
