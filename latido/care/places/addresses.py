"""What of some words is a street address, and which names stand beside it. Pure.

Many streets are called as a neighbourhood elsewhere (Belgrano, Chacabuco, Flores), so a name in a street's place says
nothing about where she is; one beside the address does.
"""

from __future__ import annotations

import re

# "corrientes 2500", "juan b justo y cordoba"
_ADDRESS = re.compile(r"[a-záéíóúñü.]{3,}\s+\d{2,5}\b|[a-záéíóúñü.]{3,}\s+y\s+[a-záéíóúñü.]{3,}", re.IGNORECASE)
_PARTS = re.compile(r"[,;()]|\sen\s|\sbarrio\s", re.IGNORECASE)
_STREET_AND_DOOR = re.compile(r"^.*[a-záéíóúñü.]{3,}\s+\d{2,5}\b", re.IGNORECASE)
_CORNER = re.compile(r"\s+(?:y|esq|esquina)\s+", re.IGNORECASE)
# What people add about themselves, which is no address and concerns no address service.
_AGE = re.compile(r"\b(?:de\s+)?\d+\s+(?:semanas?|mes(?:es)?|años?|d[ií]as?)\b", re.IGNORECASE)
_CLAUSE = re.compile(
    r"\s(?:y|pero|porque|que)\s+(?:ya\s+|me\s+|no\s+)*"
    r"(?:tengo|estoy|quiero|quisiera|necesito|busco|espero|llevo|voy|hace|nunca|puedo)\b.*",
    re.IGNORECASE | re.DOTALL,
)


def place_words(text: str) -> str:
    """The words without what she adds about herself: 'barracas y tengo 20 semanas' -> 'barracas'."""
    return _CLAUSE.sub("", _AGE.sub("", text)).strip()


def looks_like_address(text: str) -> bool:
    """Whether the words hold a street with a door number, or two streets."""
    return bool(_ADDRESS.search(text))


def beside_address(text: str) -> list[str]:
    """The parts of the words that are no street: 'caseros 2500 barracas' -> ['barracas']."""
    parts = (_STREET_AND_DOOR.sub("", part).strip() for part in _PARTS.split(text))
    return [part for part in parts if part and not _CORNER.search(part)]


def corners(text: str) -> list[list[str]]:
    """The pairs of streets, or of neighbourhoods, that an 'and' joins: 'entre flores y floresta'."""
    parts = (_CORNER.split(part.strip()) for part in _PARTS.split(text))
    return [part for part in parts if len(part) > 1]
