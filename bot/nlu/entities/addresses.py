"""`address`: the words of a street with a number, or of a corner. The geocoder judges whether it exists."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from bot.nlu.entities.found import Reading
from bot.nlu.text import fold

ADDRESS_WORDS_FILE = Path(__file__).parents[2] / "data" / "address_words.yml"

_ASKED = ("place", "address", "near", "where")
_ASKED_SOMETHING_ELSE = ("gestational", "dni", "document", "offer", "name")
_STREET_WORD = r"(?:(?:av|avda|pje|bv|dr|gral|cnel|pte|int)\.?|[a-z]\.|[a-z]+)"
_NUMBERED_DATE = r"(?:\d{1,2} de [a-z]{4,10})"
_STREET = re.compile(
    r"(?P<street>(?:(?:av\.?|avda\.?|avenida|calle|pasaje|pje\.?) +)?"
    rf"(?:{_NUMBERED_DATE}|{_STREET_WORD}(?:\s+{_STREET_WORD}){{0,5}}?))"
    r",?\s+(?:al\s+|altura\s+|a la altura del?\s+|n[°º.]?\s?|nro\.?\s?|numero\s+)?(?P<number>\d{1,5})(?:\s?bis)?\b"
    r"(?!\s*(?:semanas?|sem\b|mes(?:es)?|dias?|anos?|hs|horas|minutos|cuadras|kg|kilos"
    r"|hijos|de [a-z]+|[/:.]\s?\d|\-\s?\d{3}|°|%))"
)
_CORNER = re.compile(
    rf"(?P<one>{_NUMBERED_DATE}|{_STREET_WORD}(?:\s+{_STREET_WORD}){{0,4}})\s+(?:y|e|esq\.?|esquina(?: con)?|entre)\s+"
    rf"(?P<two>{_NUMBERED_DATE}|{_STREET_WORD}(?:\s+{_STREET_WORD}){{0,3}})"
)
_PLACE_CUE = re.compile(
    r"\b(?:vivo|vivimos|vive|direccion|domicilio|estoy|estamos|queda|casa|cerca|calle"
    r"|av|avda|avenida|pasaje|esquina|esq|altura|alquilo|parando|por|en)\b"
)


@dataclass(frozen=True)
class AddressWords:
    """Everyday words that tell where a street's name begins and ends."""

    no_street: frozenset[str]
    leading: frozenset[str]
    never_in_corner: frozenset[str]


@lru_cache(maxsize=1)
def address_words() -> AddressWords:
    """The words of bot/data/address_words.yml."""
    data = yaml.safe_load(ADDRESS_WORDS_FILE.read_text(encoding="utf-8"))
    return AddressWords(**{name: frozenset(data[name].split()) for name in AddressWords.__dataclass_fields__})


def find_address(reading: Reading) -> None:
    """Adds `address` when the message names a street with a number, or a corner."""
    if not reading.asks_for(*_ASKED_SOMETHING_ELSE) and not _numbered(reading):
        _corner(reading)


def _numbered(reading: Reading) -> bool:
    for match in _STREET.finditer(reading.folded):
        start = _street_start(match)
        if start is None or not _is_house_number(match, reading):
            continue
        if reading.free(start, match.end()) and _speaks_of_place(reading, start, match.end()):
            reading.add("address", _clean(fold(reading.original(start, match.end()))), start, match.end())
            return True
    return False


def _street_start(match: re.Match[str]) -> int | None:
    """Where the street begins, after the last word that cannot belong to it; None when nothing is left."""
    words = list(re.finditer(r"\S+", match["street"]))
    first = 0
    for index, word in enumerate(words):
        if word.group().strip(".,") in address_words().no_street:
            first = index + 1
    while first < len(words) and words[first].group() in ("de", "del"):
        first += 1
    named = [
        word
        for word in words[first:]
        if len(word.group().strip(".")) > 2 and word.group() not in address_words().leading
    ]
    return match.start("street") + words[first].start() if named else None


def _is_house_number(match: re.Match[str], reading: Reading) -> bool:
    return int(match["number"]) >= 10 or reading.asks_for(*_ASKED)


def _speaks_of_place(reading: Reading, start: int, end: int) -> bool:
    around = reading.folded[max(0, start - 24) : end]
    long_number = bool(re.search(r"\d{3}\D*$", reading.folded[start:end]))  # "tipo 10" alone is no street
    return (
        bool(_PLACE_CUE.search(around)) or reading.asks_for(*_ASKED) or (long_number and reading.is_whole(start, end))
    )


def _corner(reading: Reading) -> None:
    for match in _CORNER.finditer(reading.folded):
        start = _trimmed_start(match)
        end = _trimmed_end(match)
        if start is None or end is None or not reading.free(start, end) or not _is_corner(reading, match, start, end):
            continue
        reading.add("address", _clean(fold(reading.original(start, end))), start, end)
        return


def _trimmed_start(match: re.Match[str]) -> int | None:
    words = list(re.finditer(r"\S+", match["one"]))
    first = max(
        (i + 1 for i, word in enumerate(words) if word.group().strip(".,") in address_words().no_street), default=0
    )
    return match.start("one") + words[first].start() if first < len(words) else None


def _trimmed_end(match: re.Match[str]) -> int | None:
    """Where the second street ends: before the first word that belongs to the rest of the message."""
    end, words = None, address_words()
    for word in re.finditer(r"\S+", match["two"]):
        if word.group().strip(".,") in words.no_street | words.never_in_corner:
            break
        end = match.start("two") + word.end()
    return end


def _is_corner(reading: Reading, match: re.Match[str], start: int, end: int) -> bool:
    words = set(re.findall(r"[a-z]+", reading.folded[start:end]))
    if words & address_words().never_in_corner or len(words) < 3:
        return False
    if re.search(r"\b(?:esq|esquina|av|avenida|calle)\b", reading.folded[max(0, start - 16) : end]):
        return True
    before = reading.folded[:start]
    if re.search(r"\b(?:vivo|vivimos|vive) (?:en|por|cerca de)(?: la esquina de)?\W*$", before):
        return True
    cue = re.search(r"\b(?:estoy (?:en|por)|cerca de|por|en)\W*$", before)
    named = _is_capital(reading, start) and _is_capital(reading, match.start("two"))
    return bool(cue and named) or reading.asks_for(*_ASKED) or (named and reading.is_whole(start, end))


def _is_capital(reading: Reading, at: int) -> bool:
    return reading.original(at, at + 1)[:1].isupper()


def _clean(words: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"[.,]", " ", words)).strip()
