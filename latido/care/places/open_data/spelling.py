"""Names, streets and phones of the city's files as people write them. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable


def slug(text: str) -> str:
    """Lower-case ASCII words joined by hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")


class Speller:
    """Gives names their accents and small particles back."""

    def __init__(self, accented: Iterable[str]) -> None:
        self._accents = {slug(word): word for word in accented}

    def spell(self, text: str) -> str:
        """'Velez Sarsfield De La Cruz' -> 'Vélez Sarsfield de la Cruz'."""
        words = [self._accents.get(slug(word), word) if word.isalpha() else word for word in text.split()]
        return " ".join(self._particle(word, words[:index]) for index, word in enumerate(words))

    @staticmethod
    def _particle(word: str, before: list[str]) -> str:
        if before and word in ("De", "Del", "Y"):
            return word.lower()
        after_de = bool(before) and before[-1].lower() == "de"
        return word.lower() if after_de and word in ("La", "Las", "Los", "El") else word


def street(raw: str, speller: Speller) -> str:
    """'Alcorta, Amancio Av. 1402' -> 'Av. Amancio Alcorta 1402'."""
    door = re.search(r"^(.+?)\s+(\d+)$", raw.strip())
    name, number = (door.group(1), " " + door.group(2)) if door else (raw.strip(), "")
    avenue = name.endswith(" Av.")
    ordered = _surname_last(name.removesuffix(" Av."))
    return speller.spell(("Av. " if avenue else "") + ordered) + number


def _surname_last(name: str) -> str:
    parts = [part.strip() for part in name.split(",")]
    surname, rest = parts[0], parts[1:]
    if not rest:
        return surname
    given, titles = rest[0], rest[1:]
    if titles == ["De"]:
        return f"{given} De {surname}"
    return " ".join([*titles, given, surname])


def address(raw: str, speller: Speller) -> str:
    """The address as a person would say it: avenue and given names first, the settlement last."""
    tail = re.search(r"(,? ?\(.*\)|(,| -) (Barrio|CMV) .*)$", raw)
    streets = raw[: tail.start()] if tail else raw
    suffix = tail.group(0).replace(" - ", ", ") if tail else ""
    return " y ".join(street(part, speller) for part in streets.split(" y ")) + suffix


def phones(raw: str) -> list[str]:
    """Numbers as dialled from a mobile in the country: '11 2821-3615'. '4303-2634/5005' holds two."""
    found: list[str] = []
    text = re.sub(r"\(.*?\)", " ", raw)
    for piece in re.finditer(r"(?:\b1[15][ -])?\b(\d{4})[ -]?(\d{4})\b|/\s*(\d{3,4})(?![\d-])", text):
        prefix, ending, short = piece.groups()
        if short and found:
            number = found[-1][: -len(short)] + short
        elif prefix:
            number = f"11 {prefix}-{ending}"
        else:
            continue
        found.append(number)
    return list(dict.fromkeys(found))
