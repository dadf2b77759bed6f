"""The text in which entities are looked for: folded, respelt, one blank between words, and the way back."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml
from rapidfuzz.distance import OSA

from bot.nlu.text import chat_spanish, fold, sound, unstretch

SPELLINGS_FILE = Path(__file__).parents[2] / "data" / "spellings.yml"

_TOKEN = re.compile(r"embaraza2|[a-z]+|\d+|[\n\r]+|[^\S\n\r]+|.", re.DOTALL)
_ORDINAL_END = re.compile(r"(?:er|ero|ra|ro|da|do|ta|to|ma|mo|va|vo|na|no|h)")
# Short forms of one letter that are as often the name of a block, a tower or a street.
_KEPT_LETTERS = frozenset("ctm")
_LONG, _VERY_LONG = 6, 10


@dataclass(frozen=True)
class Plain:
    """The respelt text; for each of its letters, where in the original the word begins and ends."""

    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the original that this stretch stands for."""
        return (self.starts[start], self.ends[end - 1]) if start < end else (0, 0)


@dataclass(frozen=True)
class Spellings:
    """The known words by variant and by sound."""

    variants: Mapping[str, str]
    sounds: Mapping[str, str]
    long: Mapping[str, str]
    never: frozenset[str]


@lru_cache(maxsize=1)
def spellings() -> Spellings:
    """The words of bot/data/spellings.yml, with the short forms of chat_spanish.yml."""
    data = yaml.safe_load(SPELLINGS_FILE.read_text(encoding="utf-8"))
    variants = {short: full for short, full in chat_spanish().words.items() if short not in _KEPT_LETTERS}
    for word, written in data["words"].items():
        variants.update(dict.fromkeys(map(str, written), word))
    return Spellings(
        variants,
        {sound(word): word for word in data["by_sound"].split()},
        {sound(word): word for word in data["when_long"].split()},
        frozenset(data["never"].split()),
    )


def plain(text: str) -> Plain:
    """The text as extractors read it."""
    letters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for piece, start, end in _pieces(fold(text)):
        letters.append(piece)
        starts.extend(_places(piece, start, end))
        ends.extend([end] * len(piece) if len(piece) != end - start else range(start + 1, end + 1))
    return Plain("".join(letters), tuple(starts), tuple(ends))


def _places(piece: str, start: int, end: int) -> Iterator[int]:
    """Letter by letter where the lengths agree, else the start of the word."""
    yield from range(start, end) if len(piece) == end - start else [start] * len(piece)


def _pieces(folded: str) -> Iterator[tuple[str, int, int]]:
    before = ""
    for match in _TOKEN.finditer(folded):
        token, (start, end) = match.group(), match.span()
        if token.isspace():
            token = "\n" if token[0] in "\n\r" else " "
            token = "" if before in (" ", "\n", "") and token == " " else token
        elif unicodedata.combining(token[0]):
            continue
        elif _runs_together(before, token):
            yield " ", start, start
        word = _word(token, before, folded[end : end + 1]) if token[:1].isalpha() else token
        if word:
            yield word, start, end
            before = word


def _runs_together(before: str, token: str) -> bool:
    """Whether a number and a word stand without a blank: 20semanas, las10."""
    if before.isdigit() and token.isalpha():
        return not _ORDINAL_END.fullmatch(token)
    return token.isdigit() and before.replace(" ", "").isalpha()


def _word(token: str, before: str, after: str) -> str:
    alone = before in (" ", "\n", "") and (not after or after.isspace())
    return token if len(token) == 1 and not alone else respelt(token)


@lru_cache(maxsize=16384)
def respelt(word: str) -> str:
    """A folded word as it should be written, or as it is when it is none of the known ones."""
    known = spellings()
    word = unstretch(word) if word not in known.never else word
    if word in known.variants:
        return known.variants[word]
    heard = sound(word)
    if word in known.never or len(word) < 4:
        return word
    return known.sounds.get(heard) or _nearly(heard) or word


def _nearly(heard: str) -> str | None:
    """The long word that sounds alike but for a letter, or for two when it is very long."""
    if len(heard) < _LONG:
        return None
    slips = 2 if len(heard) >= _VERY_LONG else 1
    near = [word for known, word in spellings().long.items() if OSA.distance(heard, known, score_cutoff=slips) <= slips]
    return near[0] if len(near) == 1 else None
