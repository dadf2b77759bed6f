"""Figures of a classifier's guesses: accuracy, F1, confusions, calibration."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

BINS = 10


class Guess(NamedTuple):
    """What a sentence means, what it was taken for, and how sure."""

    truth: str
    name: str
    confidence: float

    @property
    def right(self) -> bool:
        """Whether it was understood."""
        return self.truth == self.name


class Bin(NamedTuple):
    """The guesses of like confidence."""

    low: float
    high: float
    number: int
    confidence: float
    accuracy: float


def accuracy(guesses: Sequence[Guess]) -> float:
    """The share of right guesses."""
    return sum(guess.right for guess in guesses) / len(guesses)


def f1_by_intent(guesses: Sequence[Guess]) -> dict[str, float]:
    """F1 of each intent that the truth holds."""
    truths = Counter(guess.truth for guess in guesses)
    named = Counter(guess.name for guess in guesses)
    right = Counter(guess.truth for guess in guesses if guess.right)
    return {intent: 2 * right[intent] / (truths[intent] + named[intent]) for intent in sorted(truths)}


def macro_f1(guesses: Sequence[Guess]) -> float:
    """The mean of F1 over the intents."""
    scores = f1_by_intent(guesses)
    return sum(scores.values()) / len(scores)


def confusions(guesses: Sequence[Guess]) -> Counter[tuple[str, str]]:
    """How often one intent was taken for another."""
    return Counter((guess.truth, guess.name) for guess in guesses if not guess.right)


def reliability(guesses: Sequence[Guess]) -> list[Bin]:
    """The guesses by tenths of confidence, empty tenths left out."""
    tenths: dict[int, list[Guess]] = {}
    for guess in guesses:
        tenths.setdefault(min(int(guess.confidence * BINS), BINS - 1), []).append(guess)
    return [_bin(tenth, tenths[tenth]) for tenth in sorted(tenths)]


def _bin(tenth: int, guesses: Sequence[Guess]) -> Bin:
    mean = sum(guess.confidence for guess in guesses) / len(guesses)
    return Bin(tenth / BINS, (tenth + 1) / BINS, len(guesses), mean, accuracy(guesses))


def calibration_error(guesses: Sequence[Guess]) -> float:
    """Expected calibration error: by how much confidence and accuracy differ, over the tenths."""
    bins = reliability(guesses)
    return sum(one.number * abs(one.accuracy - one.confidence) for one in bins) / len(guesses)
