"""Words that mean the same to Latido, from bot/data/concepts.yml."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import yaml

from bot.nlu.text import fold, sound

CONCEPTS_FILE = Path(__file__).parents[1] / "data" / "concepts.yml"

Pattern = tuple[str, ...]  # sounds of words; one that ends in `~` is the beginning of a word


@dataclass(frozen=True)
class _Lexicon:
    """Concepts of single words, and phrases by their first two words; the beginnings of words apart."""

    words: Mapping[str, Sequence[str]]
    stems: Mapping[str, Sequence[str]]
    phrases: Mapping[tuple[str, str], Sequence[tuple[Pattern, str]]]
    loose_phrases: Mapping[str, Sequence[tuple[Pattern, str]]]  # by the first word, where the second is a beginning
    longest_stem: int


def concepts_of(words: Sequence[str]) -> frozenset[str]:
    """The concepts that these folded words, one after the other, belong to."""
    heard = [sound(word) for word in words]
    found = {concept for word in heard for concept in _of_word(word)}
    for at, pair in enumerate(pairwise(heard)):
        for pattern, concept in _phrases(pair):
            if _follows(heard, at, pattern):
                found.add(concept)
    return frozenset(found)


@lru_cache(maxsize=16384)
def _of_word(word: str) -> tuple[str, ...]:
    lexicon = _lexicon()
    beginnings = (word[:size] for size in range(1, min(len(word), lexicon.longest_stem) + 1))
    stems = (concept for beginning in beginnings for concept in lexicon.stems.get(beginning, ()))
    return (*lexicon.words.get(word, ()), *stems)


@lru_cache(maxsize=32768)
def _phrases(pair: tuple[str, str]) -> tuple[tuple[Pattern, str], ...]:
    """The phrases whose first two words these are; what follows them is still to be compared."""
    lexicon = _lexicon()
    loose = (entry for entry in lexicon.loose_phrases.get(pair[0], ()) if _is(pair[1], entry[0][1]))
    return (*lexicon.phrases.get(pair, ()), *loose)


def _follows(heard: Sequence[str], at: int, pattern: Pattern) -> bool:
    here = heard[at + 2 : at + len(pattern)]
    return len(here) == len(pattern) - 2 and all(map(_is, here, pattern[2:]))


def _is(word: str, part: str) -> bool:
    return word.startswith(part[:-1]) if part.endswith("~") else word == part


@lru_cache(maxsize=1)
def _lexicon() -> _Lexicon:
    words: dict[str, list[str]] = defaultdict(list)
    stems: dict[str, list[str]] = defaultdict(list)
    phrases: dict[tuple[str, str], list[tuple[Pattern, str]]] = defaultdict(list)
    loose: dict[str, list[tuple[Pattern, str]]] = defaultdict(list)
    for concept, entries in yaml.safe_load(CONCEPTS_FILE.read_text(encoding="utf-8"))["concepts"].items():
        for pattern in map(_pattern, map(str, entries)):
            if len(pattern) == 1:
                (stems if _is_stem(pattern[0]) else words)[pattern[0].rstrip("~")].append(concept)
            elif _is_stem(pattern[1]):
                loose[pattern[0]].append((pattern, concept))
            else:
                phrases[pattern[0], pattern[1]].append((pattern, concept))
    return _Lexicon(words, stems, phrases, loose, max(map(len, stems), default=0))


def _is_stem(part: str) -> bool:
    return part.endswith("~")


def _pattern(entry: str) -> Pattern:
    pattern = tuple(_part(word) for word in entry.split())
    if len(pattern) > 1 and _is_stem(pattern[0]):
        raise ValueError(f"{CONCEPTS_FILE.name}: the first word of the phrase '{entry}' has to be whole.")
    return pattern


def _part(word: str) -> str:
    return sound(fold(word[:-1])) + "~" if _is_stem(word) else sound(fold(word))
