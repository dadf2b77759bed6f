"""Words that mean the same to Latido, from bot/data/concepts.yml."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from bot.nlu.text import fold, sound

CONCEPTS_FILE = Path(__file__).parents[1] / "data" / "concepts.yml"

Pattern = tuple[str, ...]  # sounds of words; one that ends in `~` is the beginning of a word


@dataclass(frozen=True)
class _Lexicon:
    """Concepts by their first word: whole words, and beginnings of words."""

    whole: Mapping[str, Sequence[tuple[Pattern, str]]]
    stems: Mapping[str, Sequence[tuple[Pattern, str]]]
    longest_stem: int


def concepts_of(words: Sequence[str]) -> frozenset[str]:
    """The concepts that these folded words, one after the other, belong to."""
    heard = [sound(word) for word in words]
    return frozenset(concept for at in range(len(heard)) for concept in _beginning_at(heard, at))


def _beginning_at(heard: Sequence[str], at: int) -> Iterator[str]:
    for pattern, concept in _known(heard[at]):
        if len(pattern) == 1 or _follows(heard, at, pattern):
            yield concept


def _follows(heard: Sequence[str], at: int, pattern: Pattern) -> bool:
    here = heard[at : at + len(pattern)]
    return len(here) == len(pattern) and all(map(_is, here, pattern))


def _is(word: str, part: str) -> bool:
    return word.startswith(part[:-1]) if part.endswith("~") else word == part


@lru_cache(maxsize=16384)
def _known(word: str) -> tuple[tuple[Pattern, str], ...]:
    lexicon = _lexicon()
    beginnings = (word[:size] for size in range(1, min(len(word), lexicon.longest_stem) + 1))
    stems = (entry for beginning in beginnings for entry in lexicon.stems.get(beginning, ()))
    return (*lexicon.whole.get(word, ()), *stems)


@lru_cache(maxsize=1)
def _lexicon() -> _Lexicon:
    whole: dict[str, list[tuple[Pattern, str]]] = defaultdict(list)
    stems: dict[str, list[tuple[Pattern, str]]] = defaultdict(list)
    for concept, entries in yaml.safe_load(CONCEPTS_FILE.read_text(encoding="utf-8"))["concepts"].items():
        for entry in entries:
            pattern = _pattern(str(entry))
            first = pattern[0]
            (stems[first[:-1]] if first.endswith("~") else whole[first]).append((pattern, concept))
    return _Lexicon(whole, stems, max(map(len, stems), default=0))


def _pattern(entry: str) -> Pattern:
    return tuple(_part(word) for word in entry.split())


def _part(word: str) -> str:
    return sound(fold(word[:-1])) + "~" if word.endswith("~") else sound(fold(word))
