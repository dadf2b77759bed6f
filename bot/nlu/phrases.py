"""The phrase language of bot/data/danger_signs.yml, compiled to regular expressions over the sounds of words.

A message is a line of sounds, one space after each, a bar for each stop: `estoi perdiendo sangre | 8 semanas `.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from re import Pattern
from typing import Any

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
    return re.compile(r"(?<![^ ])" + _pattern(_parse(phrase)))


def compile_any(phrases: Iterable[str]) -> Pattern[str]:
    """One regular expression for any of the phrases."""
    return re.compile("|".join(f"(?:{compile_phrase(phrase).pattern})" for phrase in phrases) or r"(?!)")


def vocabulary(phrases: Iterable[str]) -> frozenset[str]:
    """The sounds of the whole words in these phrases."""
    words = {word for phrase in phrases for word in re.findall(r"[a-z]+(?![a-z~])", fold(phrase))}
    return frozenset(sound(word) for word in words)


class PhraseIndex:
    """Many phrases, looked for where one of their first words stands: a fraction of the work of one long expression."""

    def __init__(self, phrases: Iterable[tuple[str, Any]]) -> None:
        """Takes phrases with what each stands for; ValueError when one is malformed."""
        self._whole: dict[str, list[tuple[Pattern[str], Any]]] = {}
        self._stems: list[tuple[str, tuple[Pattern[str], Any]]] = []
        self._anywhere: list[tuple[Pattern[str], Any]] = []
        for phrase, owner in phrases:
            self._add(phrase, (compile_phrase(phrase), owner))
        self._at = lru_cache(maxsize=16384)(self._candidates)

    def find(self, line: str) -> Iterator[tuple[Any, re.Match[str]]]:
        """What each phrase in the line stands for, and where; from left to right."""
        start = 0
        while start < len(line):
            end = line.index(" ", start)
            for pattern, owner in self._at(line[start:end]):
                match = pattern.match(line, start)
                if match:
                    yield owner, match
            start = end + 1

    def _add(self, phrase: str, entry: tuple[Pattern[str], Any]) -> None:
        openings, may_be_empty = _openings(_parse(phrase))
        if may_be_empty or "" in openings:
            self._anywhere.append(entry)
            return
        for opening in openings:
            if opening.endswith("~"):
                self._stems.append((opening[:-1], entry))
            else:
                self._whole.setdefault(opening, []).append(entry)

    def _candidates(self, word: str) -> tuple[tuple[Pattern[str], Any], ...]:
        by_stem = [entry for stem, entry in self._stems if word.startswith(stem)]
        return tuple(dict.fromkeys([*self._whole.get(word, ()), *by_stem, *self._anywhere]))


@dataclass(frozen=True)
class _Group:
    """One of several sequences, or nothing when it is optional."""

    alternatives: tuple[tuple[str | _Group, ...], ...]
    optional: bool = False


@lru_cache(maxsize=4096)
def _parse(phrase: str) -> _Group:
    elements = _ELEMENT.findall(fold(phrase))
    group, rest = _sequence(elements, 0, ())
    if rest != len(elements):
        raise ValueError(f"Unbalanced brackets in the phrase: {phrase}")
    return group


def _sequence(elements: Sequence[str], at: int, closing: tuple[str, ...], optional: bool = False) -> tuple[_Group, int]:
    alternatives: list[tuple[str | _Group, ...]] = []
    parts: list[str | _Group] = []
    while at < len(elements) and elements[at] not in closing:
        element = elements[at]
        if element == "|":
            alternatives.append(tuple(parts))
            parts, at = [], at + 1
        elif element in "([":
            inner, at = _sequence(elements, at + 1, (")",) if element == "(" else ("]",), element == "[")
            parts.append(inner)
            at += 1
        else:
            parts.append(element)
            at += 1
    alternatives.append(tuple(parts))
    return _Group(tuple(alternatives), optional), at


def _pattern(part: str | _Group) -> str:
    if isinstance(part, str):
        return _word(part)
    inner = "|".join("".join(map(_pattern, sequence)) for sequence in part.alternatives)
    return f"(?:{inner})" + ("?" if part.optional else "")


def _openings(part: str | _Group) -> tuple[set[str], bool]:
    """The sounds it may begin with (a stem ends in ~, "" is any), and whether it may be nothing at all."""
    if isinstance(part, str):
        return {_opening(part)}, part in ("..", "...")
    found: set[str] = set()
    empty = part.optional
    for sequence in part.alternatives:
        for one in sequence:
            openings, passes = _openings(one)
            found |= openings
            if not passes:
                break
        else:
            empty = True
    return found, empty


def _opening(element: str) -> str:
    if element in ("..", "...", "#"):
        return ""
    return sound(element[:-1]) + "~" if element.endswith("~") else sound(element)


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
