"""Counts what was understood rightly, and tells each miss."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.nlu.scoring.lines import Check, Line

Understand = Callable[[Line], Mapping[str, Any]]
Agrees = Callable[[str, Line, Mapping[str, Any]], bool]


@dataclass(frozen=True)
class Scorer:
    """How one kind of file is scored: its fields, what the bot understands, when that is right, and closing figures."""

    fields: Mapping[str, Check]
    understand: Understand
    agrees: Agrees
    figures: Callable[[list[tuple[Line, Mapping[str, Any]]]], Iterable[str]] = lambda scored: ()


@dataclass
class Tally:
    """Right answers of all lines and of each field."""

    lines: int = 0
    right: int = 0
    asked: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)


def told(scorer: Scorer, lines: Iterable[Line]) -> Iterator[str]:
    """Each miss as a line of text, then the figures."""
    tally = Tally()
    scored: list[tuple[Line, Mapping[str, Any]]] = []
    for line in lines:
        got = scorer.understand(line)
        scored.append((line, got))
        missed = [name for name in line.expected if not scorer.agrees(name, line, got)]
        _count(tally, line, missed)
        if missed:
            yield _miss(line, got)
    yield from _figures(scorer, tally)
    yield from scorer.figures(scored)


def _count(tally: Tally, line: Line, missed: list[str]) -> None:
    tally.lines += 1
    tally.right += not missed
    tally.asked.update(list(line.expected))
    tally.wrong.update(missed)


def _miss(line: Line, got: Mapping[str, Any]) -> str:
    shown = {name: got.get(name) for name in line.expected}
    return f"miss  {line.text!r}  expected {_json(line.expected)}  got {_json(shown)}"


def _figures(scorer: Scorer, tally: Tally) -> Iterator[str]:
    yield f"n {tally.lines}"
    yield f"right {tally.right}"
    yield f"accuracy {_share(tally.right, tally.lines)}"
    for name in scorer.fields:
        if tally.asked[name]:
            right = tally.asked[name] - tally.wrong[name]
            yield f"{name} {right}/{tally.asked[name]} {_share(right, tally.asked[name])}"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.4f}" if whole else "none"


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(dict(value), ensure_ascii=False)
