"""What of some words is a street address, and which names stand beside it. Pure.

Many streets are called as a neighbourhood elsewhere (Belgrano, Chacabuco, Flores), so a name in a street's place says
nothing about where she is; one beside the address does. Only the street and its door concern an address service.
"""

from __future__ import annotations

import re

LONGEST_STREET = 5
_WORD = r"[^\W\d_.]+\.?"
# "corrientes 2500", but not the "calle 15" of "calle 15 de noviembre 1500".
_DOOR = re.compile(r"\b[^\W\d_]{3,}\.?\s+\d{2,5}\b(?!\s+de\b)", re.IGNORECASE)
_AND = r"\s+(?:y|esq\.?|esquina)\s+"
_CORNER = re.compile(_AND, re.IGNORECASE)
_STREETS = re.compile(rf"{_WORD}{_AND}{_WORD}", re.IGNORECASE)
_PARTS = re.compile(r"[,;()]|\sen\s|\sbarrio\s|\scerca\s", re.IGNORECASE)
_FILLER = re.compile(r"^(?:(?:vivo|soy|estoy|por|en|de|la|calle|sobre|entre|cerca|ahi|ahí)\s+)+", re.IGNORECASE)
_VERB = re.compile(r"(?:vivo|soy|estoy|tengo)\b", re.IGNORECASE)
_HEIGHT = re.compile(r"\s+(?:a\s+la\s+altura\s+del?|altura|al|nro\.?|n[uú]mero|n[°º])\s*(?=\d)", re.IGNORECASE)
# What people add about themselves.
_AGE = re.compile(r"\b(?:de\s+)?\d+\s+(?:semanas?|mes(?:es)?|años?|d[ií]as?)\b", re.IGNORECASE)
_CLAUSE = re.compile(
    r"\s(?:y|pero|porque|que)\s+(?:ya\s+|me\s+|no\s+)*"
    r"(?:tengo|estoy|quiero|quisiera|necesito|busco|espero|llevo|voy|hace|nunca|puedo)\b.*",
    re.IGNORECASE | re.DOTALL,
)


def street_address(text: str) -> str | None:
    """The street and door, or the two streets, and nothing else of what she wrote; None when there are none.

    'vivo en corrientes al 2500 y tengo 20 semanas' -> 'corrientes 2500'.
    """
    parts = _PARTS.split(_CLAUSE.sub("", _AGE.sub("", _HEIGHT.sub(" ", text))))
    with_door = (_with_door(part) for part in parts)
    with_corner = (_with_corner(part) for part in parts)
    return next(filter(None, with_door), None) or next(filter(None, with_corner), None)


def _with_door(part: str) -> str | None:
    door = _DOOR.search(part)
    words = _FILLER.sub("", part[: door.end()].strip()).split() if door else []
    return " ".join(words[-LONGEST_STREET - 1 :]) or None


def _with_corner(part: str) -> str | None:
    if not _STREETS.search(part):
        return None
    left, right = _CORNER.split(part, maxsplit=1)
    if _VERB.match(right):  # "soy ana y vivo …"
        return None
    return " y ".join((" ".join(_FILLER.sub("", left.strip()).split()[-LONGEST_STREET:]), _first_words(right)))


def _first_words(side: str) -> str:
    return " ".join(side.split()[:LONGEST_STREET])


def beside_address(text: str) -> list[str]:
    """The parts of the words that are no street: 'caseros 2500 barracas' -> ['barracas']."""
    parts = (part[_last_door(part) :].strip() for part in _PARTS.split(text))
    return [part for part in parts if part and not _CORNER.search(part)]


def corners(text: str) -> list[list[str]]:
    """The pairs of streets, or of neighbourhoods, that an 'and' joins: 'entre flores y floresta'."""
    parts = (_CORNER.split(part.strip()) for part in _PARTS.split(text))
    return [part for part in parts if len(part) > 1]


def _last_door(part: str) -> int:
    return max((door.end() for door in _DOOR.finditer(part)), default=0)
