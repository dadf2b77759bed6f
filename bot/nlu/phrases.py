"""The phrase language of bot/data/danger_signs.yml, compiled to regular expressions over the sounds of words.

A message is a line of sounds, one space after each, a bar for each stop: `estoi perdiendo sangre | 8 semanas `.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from re import Pattern

from rapidfuzz import fuzz, process

from bot.nlu.entities.numbers import NUMBER_WORDS
from bot.nlu.text import Word, fold, sound, words_of

STOP = "|"
_ELEMENT = re.compile(r"\s*(\(|\)|\[|\]|\||\.\.\.|\.\.|#|[^\s()\[\]|]+)")
_NUMBER = "(?:[0-9]+|" + "|".join(sorted((sound(word) for word in NUMBER_WORDS if " " not in word), key=len)) + ") "
_STOPS = re.compile(r"[.,;:!?\n]+")


@dataclass(frozen=True)
class SoundLine:
    """A message as a line of sounds, with the place of each of its words."""

    line: str
    starts: tuple[int, ...]  # where each word begins in the line
    words: tuple[Word, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where in the message the stretch of the line stands."""
        inside = [word for at, word in zip(self.starts, self.words, strict=True) if start <= at < end]
        return (inside[0].start, inside[-1].end) if inside else (0, 0)


def sound_line(text: str, correct: Corrector | None = None) -> SoundLine:
    """The sounds of a message."""
    folded = fold(text)
    line, starts, words, last = "", [], [], 0
    for word in words_of(text):
        if line and _STOPS.search(folded[last : word.start]):
            line += STOP + " "
        heard = sound(word.text)
        starts.append(len(line))
        words.append(word)
        line += (correct.closest(heard) if correct else heard) + " "
        last = max(last, word.end)
    return SoundLine(line, tuple(starts), tuple(words))


@lru_cache(maxsize=4096)
def compile_phrase(phrase: str) -> Pattern[str]:
    """The regular expression of one phrase; it matches at the beginning of words only."""
    elements = _ELEMENT.findall(fold(phrase))
    body, rest = _sequence(elements, 0, ())
    if rest != len(elements):
        raise ValueError(f"Unbalanced brackets in the phrase: {phrase}")
    return re.compile(r"(?<![^ ])" + body)


def compile_any(phrases: Iterable[str]) -> Pattern[str]:
    """One regular expression for any of the phrases."""
    return re.compile("|".join(f"(?:{compile_phrase(phrase).pattern})" for phrase in phrases) or r"(?!)")


def vocabulary(phrases: Iterable[str]) -> frozenset[str]:
    """The sounds of the whole words in these phrases."""
    words = {word for phrase in phrases for word in re.findall(r"[a-z]+(?![a-z~])", fold(phrase))}
    return frozenset(sound(word) for word in words)


def _sequence(elements: Sequence[str], at: int, closing: tuple[str, ...]) -> tuple[str, int]:
    alternatives: list[str] = []
    parts: list[str] = []
    while at < len(elements) and elements[at] not in closing:
        element = elements[at]
        if element == "|":
            alternatives.append("".join(parts))
            parts, at = [], at + 1
        elif element in "([":
            inner, at = _sequence(elements, at + 1, (")",) if element == "(" else ("]",))
            parts.append(f"(?:{inner})" + ("?" if element == "[" else ""))
            at += 1
        else:
            parts.append(_word(element))
            at += 1
    alternatives.append("".join(parts))
    return "|".join(alternatives), at


def _word(element: str) -> str:
    if element == "..":
        return r"(?:\S+ ){0,3}"
    if element == "...":
        return r"(?:\S+ ){0,6}"
    if element == "#":
        return _NUMBER
    if element.endswith("~"):
        return re.escape(sound(element[:-1])) + r"\S* "
    return re.escape(sound(element)) + " "


class Corrector:
    """Gives a misspelt word the sound of the word of danger which it resembles."""

    def __init__(self, wanted: frozenset[str], spared: frozenset[str]) -> None:
        """Takes the sounds of the words that matter, and of words that are right as they are."""
        self._known = wanted | spared
        self._long = sorted(word for word in wanted if len(word) >= 6)
        self.closest = lru_cache(maxsize=8192)(self._closest)

    def _closest(self, heard: str) -> str:
        if heard in self._known or len(heard) < 5 or not heard.isalpha():
            return heard
        match = process.extractOne(heard, self._long, scorer=fuzz.ratio, score_cutoff=88)
        return match[0] if match and match[0][0] == heard[0] and abs(len(match[0]) - len(heard)) <= 1 else heard
