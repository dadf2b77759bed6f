"""What of a message is shown for a search: its words around the first one that was found, and which were. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from latido.console.finding.words import words_of

BEFORE, LONGEST = 40, 160
# A word with its accents, also where they are signs of their own.
_RUN = re.compile(r"[\w\u0300-\u036f]+")


@dataclass(frozen=True)
class Meant:
    """A word that is looked for, folded, and known words that somebody may have written for it."""

    word: str
    near: frozenset[str]

    def is_found_in(self, run: str) -> bool:
        """Whether a piece of a text holds it, its beginning, or a word near it."""
        return any(one.startswith(self.word) or one in self.near for one in words_of(run))


@dataclass(frozen=True)
class Piece:
    """A piece of a text; `found` when it was looked for."""

    text: str
    found: bool


def found_in(text: str, wanted: Sequence[Meant]) -> int:
    """How many of the words looked for the text holds."""
    runs = _RUN.findall(text)
    return sum(any(one.is_found_in(run) for run in runs) for one in wanted)


def passage_of(text: str, wanted: Sequence[Meant]) -> tuple[Piece, ...]:
    """The text on one line around the first word that was found, cut between words; from its beginning without any."""
    line = " ".join(text.split())
    spans = [run.span() for run in _RUN.finditer(line) if any(one.is_found_in(run[0]) for one in wanted)]
    first = spans[0][0] if spans else 0
    start = line.find(" ", first - BEFORE) + 1 if first > BEFORE else 0
    start = min(start, first)
    end = len(line) if len(line) - start <= LONGEST else max(line.rfind(" ", start, start + LONGEST), start)
    end = end if end > first else min(first + LONGEST, len(line))
    return tuple(_pieces(line, spans, start, end))


def _pieces(line: str, spans: Sequence[tuple[int, int]], start: int, end: int) -> Iterator[Piece]:
    at, before = start, "…" if start else ""
    for first, last in spans:
        if first >= end:
            break
        if between := before + line[at:first]:
            yield Piece(between, False)
        yield Piece(line[first : min(last, end)], True)
        at, before = min(last, end), ""
    if rest := before + line[at:end] + ("…" if end < len(line) else ""):
        yield Piece(rest, False)
