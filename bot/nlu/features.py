"""The features of a message: words, pairs, pieces of their sound, concepts, its shape, the entities found in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import combinations, pairwise
from math import sqrt

from bot.nlu.concepts import concepts_of
from bot.nlu.text import Word, sound, words_of

# How much each kind of feature counts; tuned by cross-validation (docs/nlu.md).
WORD_WEIGHT = 1.0
PAIR_WEIGHT = 0.7
PIECE_WEIGHT = 1.5
ENTITY_WEIGHT = 0.6
CONCEPT_WEIGHT = 1.0
CONCEPTS_WEIGHT = 0.7
STRETCH_WEIGHT = 1.0
SHAPE_WEIGHT = 0.4
_PIECES = (2, 3, 4)
_STRETCHES = (3, 4, 5)
# Messages of so many words are alike in length: "sí", "para el jueves", a sentence, a story.
_LENGTHS = (1, 2, 3, 6, 11)
_NUMBER = "0"


def features_of(text: str, entities: Iterable[str]) -> dict[str, float]:
    """Weight by feature name; each kind has the same length however long the message."""
    words = [_plain(word) for word in words_of(text)]
    features: dict[str, float] = {}
    _add(features, {"w:" + sound(word) for word in words}, WORD_WEIGHT)
    _add(features, set(_pairs(words)), PAIR_WEIGHT)
    _add(features, {piece for word in words for piece in pieces_of(word)}, PIECE_WEIGHT)
    _add(features, set(_stretches(words)), STRETCH_WEIGHT)
    _add(features, _shape(text, words), SHAPE_WEIGHT)
    concepts = concepts_of(words)
    _add(features, {"k:" + concept for concept in concepts}, CONCEPT_WEIGHT)
    _add(features, {f"kk:{one} {two}" for one, two in combinations(sorted(concepts), 2)}, CONCEPTS_WEIGHT)
    _add(features, {"e:" + entity for entity in entities}, ENTITY_WEIGHT)
    return features


@lru_cache(maxsize=16384)
def pieces_of(word: str) -> tuple[str, ...]:
    """Groups of 2 to 4 sounds of a word, its ends marked."""
    padded = f" {sound(word)} "
    return tuple("c:" + padded[start : start + size] for size in _PIECES for start in range(len(padded) - size + 1))


def _plain(word: Word) -> str:
    return _NUMBER * min(len(word.text), 3) if word.text.isdigit() else word.text


def _pairs(words: Sequence[str]) -> list[str]:
    sounds = ["<", *(sound(word) for word in words), ">"]
    return [f"b:{first} {second}" for first, second in pairwise(sounds)]


def _stretches(words: Sequence[str]) -> list[str]:
    """Groups of 3 to 5 sounds of the whole message, across the ends of its words."""
    heard = f" {' '.join(map(sound, words))} "
    return ["x:" + heard[at : at + size] for size in _STRETCHES for at in range(len(heard) - size + 1)]


def _shape(text: str, words: Sequence[str]) -> tuple[str, str]:
    """Whether it asks, as far as written, and how long it is."""
    return ("q:asks" if "?" in text else "q:tells", f"n:{sum(len(words) > length for length in _LENGTHS)}")


def _add(features: dict[str, float], names: Iterable[str], weight: float) -> None:
    present = list(names)
    if present:
        value = weight / sqrt(len(present))
        features.update(dict.fromkeys(present, value))
