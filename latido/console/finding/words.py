"""Words as a search compares them: without accents, and by how they sound, since much is written by ear. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

LONGEST = 32
FORGIVING_FROM = 4  # letters; a shorter word has too many neighbours
_WORD = re.compile(r"[a-z0-9]+")
_REPEATED = re.compile(r"([a-z])\1+")
# In this order: each is one sound of the Spanish of Buenos Aires, written in several ways.
_SOUNDS = (
    (re.compile(r"ch"), "x"),
    (re.compile(r"h"), ""),
    (re.compile(r"qu(?=[ei])|q|k|c(?![ei])"), "k"),
    (re.compile(r"[zc]"), "s"),
    (re.compile(r"ll"), "y"),
    (re.compile(r"v|w"), "b"),
    (re.compile(r"n(?=[bp])"), "m"),
    (re.compile(r"g(?=[ei])"), "j"),
)


def fold(text: str) -> str:
    """Lower case, without accents; ñ is n."""
    # Twice: a sign may come apart into a capital, and a small letter into more signs.
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).lower())
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


def words_of(text: str) -> list[str]:
    """The words of a text, folded, in order; of very long ones the beginning."""
    return [word[:LONGEST] for word in _WORD.findall(fold(text))]


def sound(word: str) -> str:
    """How a folded word sounds: `embarazada`, `envarasada` and `hembarasada` are one."""
    for written, heard in _SOUNDS:
        word = written.sub(heard, word)
    return _REPEATED.sub(r"\1", word)


def sounds_of(word: str) -> frozenset[str]:
    """Its sound, and for a longer word the sound with any one letter missing: near words have one of them in common."""
    heard = sound(word)
    if len(heard) < FORGIVING_FROM:
        return frozenset({heard})
    return frozenset({heard, *(heard[:place] + heard[place + 1 :] for place in range(len(heard)))})


def may_be_meant(asked: str, found: str) -> bool:
    """Whether somebody who asks for a folded word may mean another: it sounds the same, or nearly."""
    one, other = sound(asked), sound(found)
    if one == other:
        return True
    least = min(len(one), len(other))
    return least >= FORGIVING_FROM and steps_between(one, other) <= (1 if least < 8 else 2)


def steps_between(one: str, other: str) -> int:
    """Letters to add, drop, change or swap with their neighbour to make one word of the other."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, sign in enumerate(one, 1):
        line = [row]
        for column, wanted in enumerate(other, 1):
            steps = min(last[column] + 1, line[-1] + 1, last[column - 1] + (sign != wanted))
            if row > 1 and column > 1 and sign == other[column - 2] and one[row - 2] == wanted:
                steps = min(steps, before[column - 2] + 1)
            line.append(steps)
        before, last = last, line
    return last[-1]


def worth_knowing(words: Iterable[str]) -> frozenset[str]:
    """The words that are kept to forgive how others are written: no numbers, nothing very short."""
    return frozenset(word for word in words if len(word) >= FORGIVING_FROM and word.isalpha())
