"""Chat Spanish made comparable: folded letters, split words, the sound of a word."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

CHAT_SPANISH_FILE = Path(__file__).parents[1] / "data" / "chat_spanish.yml"

_WORD = re.compile(r"[a-z]+|\d+|[^\w\s.,;:!?¡¿()\-_/\"'«»“”…+*=&%$#@<>\[\]{}|\\~^`\ufe0f\u200d\U0001f3fb-\U0001f3ff]")
_STRETCHED = re.compile(r"([a-z])\1{2,}")
_DOUBLE_VOWEL_AT_END = re.compile(r"([aeiou])\1$")
_SOUNDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("qu(?=[ei])", "k"),
        ("q", "k"),
        ("ch", "C"),
        ("c(?=[ei])", "s"),
        ("[ck]+", "k"),
        ("gu(?=[ei])", "G"),
        ("g(?=[ei])", "j"),
        ("h", ""),
        ("ll", "y"),
        ("v", "b"),
        ("z", "s"),
        ("x", "s"),
        ("w", "gu"),
        ("y$", "i"),
        ("m(?=[bp])", "n"),
        (r"([a-z])\1+", r"\1"),
    )
)


@dataclass(frozen=True)
class Word:
    """One word of a message: as compared, and where it stands."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class ChatSpanish:
    """Short forms and emoji with what they stand for."""

    words: Mapping[str, str]
    emoji: Mapping[str, str]


@lru_cache(maxsize=1)
def chat_spanish() -> ChatSpanish:
    """The short forms of bot/data/chat_spanish.yml."""
    data = yaml.safe_load(CHAT_SPANISH_FILE.read_text(encoding="utf-8"))
    return ChatSpanish({fold(short): full for short, full in data["words"].items()}, data["emoji"])


def fold(text: str) -> str:
    """The text without accents, tildes and case, letter by letter, so that positions stay the same."""
    return "".join(map(_fold_letter, text))


@lru_cache(maxsize=4096)
def _fold_letter(letter: str) -> str:
    base = unicodedata.normalize("NFD", letter)[0].lower()
    return base[0] if base else letter


def words_of(text: str) -> list[Word]:
    """The words of a message, folded, short forms written out; one that stands for several keeps its place."""
    known = chat_spanish()
    words: list[Word] = []
    for match in _WORD.finditer(fold(text)):
        plain = known.emoji.get(match.group()) or unstretch(match.group())
        for part in known.words.get(plain, plain).split():
            words.append(Word(part, match.start(), match.end()))
    return words


def unstretch(word: str) -> str:
    """`holaaa` as `hola`."""
    return _DOUBLE_VOWEL_AT_END.sub(r"\1", _STRETCHED.sub(r"\1", word))


@lru_cache(maxsize=32768)
def sound(word: str) -> str:
    """How a folded word sounds in Buenos Aires, so that `enbarasada` equals `embarazada`."""
    for pattern, replacement in _SOUNDS:
        word = pattern.sub(replacement, word)
    return word
