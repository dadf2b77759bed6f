"""`center_number`: a CeSAC by its number, "el 15", "salita 15", "sesac n 8"."""

from __future__ import annotations

import re

from bot.nlu.entities.found import Reading
from bot.nlu.entities.numbers import NUMBER, number_of

CENTERS = range(1, 51)

_CENTER = (
    r"(?:[csz]e[sz]+a[ckq]s?|sesack|cessac|salitas?|centro de salud|centro medico|centro|sala(?: de salud)?|posta)"
)
_NAMED = re.compile(
    rf"\b{_CENTER}\W{{0,2}}(?:numero|nro|num|n|no|el|la)?\W{{0,3}}(?P<n>{NUMBER})\b(?!\s*(?:semanas"
    r"|meses|dias|cuadras|horas|hs|minutos))"
)
_GOES_TO = re.compile(
    r"\b(?:en|al|del|el|voy al|atiendo en el|me queda el|me toca el|prefiero el|quiero el)\s+(?:el )?(?P<n>[1-9]\d?)\b"
    r"(?!\s*(?:[/:.,\-]\s?\d|de|del|dias|semanas|meses|anos|hs|horas|y))"
)
_SEEN_AT = re.compile(
    r"\b(?:me )?(?:atiendo|atienden|atendi|atender|atenderme|atendia) (?:en|al) (?:el )?(?P<n>[1-9]\d?)\b"
)
_SPEAKS_OF_CENTERS = re.compile(rf"\b(?:{_CENTER}|atiend\w+|atend\w+|control\w*)\b")
_ASKED = ("center", "place")
_ASKED_A_DAY = ("offer", "date", "gestational", "time")


def find_center(reading: Reading) -> None:
    """Adds `center_number` when a CeSAC is named by number."""
    match = _NAMED.search(reading.folded) or _SEEN_AT.search(reading.folded)
    if match and number_of(match["n"]) in CENTERS:
        reading.add("center_number", number_of(match["n"]), match.start("n"), match.end("n"))


def find_bare_center(reading: Reading) -> None:
    """Adds `center_number` for "el 15", which may be a day as well; only the question asked can tell."""
    match = None if reading.has("center_number") or reading.asks_for(*_ASKED_A_DAY) else _bare(reading)
    if match and number_of(match["n"]) in CENTERS and not _within_other(reading, match):
        reading.add_beside("center_number", number_of(match["n"]), match.start("n"), match.end("n"))


def _within_other(reading: Reading, match: re.Match[str]) -> bool:
    start, end = match.span("n")
    return any(other.entity != "date" and start < other.end and other.start < end for other in reading.found)


def _bare(reading: Reading) -> re.Match[str] | None:
    if not (reading.asks_for(*_ASKED) or _SPEAKS_OF_CENTERS.search(reading.folded)):
        match = _GOES_TO.search(reading.folded)
        return match if match and reading.folded.startswith("el ") and reading.is_whole(*match.span()) else None
    return _GOES_TO.search(reading.folded)
