"""Words that mean the same to Latido, from bot/data/concepts.yml."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

import yaml

from bot.nlu.text import fold, sound

CONCEPTS_FILE = Path(__file__).parents[1] / "data" / "concepts.yml"


def concepts_of(words: Iterable[str]) -> frozenset[str]:
    """The concepts that these folded words belong to."""
    return frozenset(concept for word in words for concept in _of_word(word))


@lru_cache(maxsize=16384)
def _of_word(word: str) -> tuple[str, ...]:
    whole, stems = _lexicon()
    heard = sound(word)
    return whole.get(heard, ()) + tuple(concept for stem, concept in stems if heard.startswith(stem))


@lru_cache(maxsize=1)
def _lexicon() -> tuple[Mapping[str, tuple[str, ...]], tuple[tuple[str, str], ...]]:
    whole: dict[str, tuple[str, ...]] = {}
    stems: list[tuple[str, str]] = []
    for concept, words in yaml.safe_load(CONCEPTS_FILE.read_text(encoding="utf-8"))["concepts"].items():
        for word in words:
            if word.endswith("~"):
                stems.append((sound(fold(word[:-1])), concept))
            else:
                whole[sound(fold(word))] = (*whole.get(sound(fold(word)), ()), concept)
    return whole, tuple(stems)
