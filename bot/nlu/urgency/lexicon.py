"""The words by which the second opinion compares messages, from bot/data/danger_concepts.yml."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot.nlu.entities.numbers import NUMBER_WORDS
from bot.nlu.text import fold, sound

LEXICON_FILE = Path(__file__).parents[2] / "data" / "danger_concepts.yml"
# Numbers that mean something of their own: little, contractions, pressure, weeks, fever, … (upper bound, name).
_NUMBERS = ((3, "#0"), (13, "#1"), (19, "#2"), (36, "#3"), (41, "#38"), (99, "#5"), (139, "#6"), (190, "#7"))
_LINES = ("107", "144")


@dataclass(frozen=True)
class Lexicon:
    """Concepts of a sound, forms that are the same, and the words that turn a meaning."""

    whole: Mapping[str, tuple[str, ...]]
    stems: tuple[tuple[str, str], ...]
    same: Mapping[str, str]
    negators: frozenset[str]
    conditions: frozenset[str]
    asking: frozenset[str]
    turning: frozenset[str]
    units: Mapping[str, str]
    numbers: frozenset[str]

    def plain(self, heard: str) -> str:
        """The sound with person and number taken out of it."""
        return number_name(heard) if heard.isdigit() else self.same.get(heard, heard)

    def concepts(self, heard: str) -> tuple[str, ...]:
        """The concepts which a sound belongs to."""
        by_stem = [concept for stem, concept in self.stems if heard.startswith(stem)]
        return tuple(dict.fromkeys([*self.whole.get(heard, ()), *by_stem]))

    def age(self, count: str, unit: str) -> str | None:
        """What "3 meses" says of an age or a while: `month0` up to three, else its unit; None for other words."""
        name = self.units.get(unit)
        if name is None or not (count.isdigit() or count in self.numbers):
            return None
        few = int(count) <= 3 if count.isdigit() else count in _FEW
        return name + "0" if name == "month" and few else name


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """The lexicon of the project."""
    return _read(yaml.safe_load(LEXICON_FILE.read_text(encoding="utf-8")))


@lru_cache(maxsize=64)
def number_name(digits: str) -> str:
    """The class of a number that is written in digits."""
    if digits in _LINES:
        return digits
    return next((name for bound, name in _NUMBERS if int(digits[:5]) <= bound), "#8")


def _read(data: Mapping[str, Any]) -> Lexicon:
    whole: dict[str, tuple[str, ...]] = {}
    stems: list[tuple[str, str]] = []
    for concept, words in data["concepts"].items():
        for word in map(str, words):
            if word.endswith("~"):
                stems.append((_heard(word[:-1]), concept))
            else:
                whole[_heard(word)] = (*whole.get(_heard(word), ()), concept)
    return Lexicon(
        whole,
        tuple(stems),
        {_heard(word): name for name, words in data["same"].items() for word in words},
        *(_sounds(data[name]) for name in ("negators", "conditions", "asking", "turning")),
        {_heard(word): name for word, name in data["units"].items()},
        _sounds(word for word in [*NUMBER_WORDS, "un"] if " " not in word),
    )


def _sounds(words: Iterable[str]) -> frozenset[str]:
    return frozenset(map(_heard, words))


def _heard(word: str) -> str:
    return sound(fold(word))


_FEW = _sounds(["un", "uno", "una", "dos", "tres"])
