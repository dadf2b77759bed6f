"""Neighbourhoods by official and popular names, with the typos of a chat."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml
from rapidfuzz import fuzz, process

from bot.nlu.entities.found import Reading
from bot.nlu.text import fold, sound

_TOKEN = re.compile(r"[a-z]+|\d+")
_PLACE_CUE = re.compile(
    r"\b(?:en|por|de|desde|zona|barrio|vivo|estoy|soy|hacia|cerca|para|villa|lado|ubicad[ao]|mudamos?|mude)"
    r"(?: (?:el|la|los|las|del|barrio|zona|villa|de|por|en))*\W*$"
)
_NOT_A_PLACE = re.compile(
    r"\b(?:calle|av|avenida|salita|cesac|cezac|sesac|hospital|a las|a la|linea|colectivo|sala)\W*$"
)
_HOUSE_NUMBER = re.compile(r"^\W*(?:al |altura |n[°º] ?|nro\.? ?)?\d{3,5}\b")
_SPEAKS_OF_PLACE = ("neighbourhood", "place", "near", "address", "zone", "barrio")
_MIN_FUZZY_LENGTH = 6
_FUZZY_SCORE = 86
_LONGEST_NAME = 5
# Words of everyday chat that sound like a name, or are one.
_EVERYDAY = frozenset(
    [
        "once",
        "boca",
        "flores",
        "retiro",
        "constitucion",
        "paternal",
        "congreso",
        "inta",
        "chacarita",
        "liniers",
        "versalles",
    ]
)
_NEVER_FUZZY = frozenset(
    [
        "embarazada",
        "embarazo",
        "barrio",
        "colegial",
        "control",
        "consulta",
        "palabra",
        "hermano",
        "sagrado",
        "salvado",
        "mataron",
        "florecer",
    ]
)


@dataclass(frozen=True)
class Gazetteer:
    """Slugs by the sound of each name; names that need a word of place before them."""

    names: Mapping[tuple[str, ...], str]
    ambiguous: frozenset[tuple[str, ...]]
    fuzzy: Mapping[str, tuple[str, ...]]

    @classmethod
    def read(cls, file: Path) -> Gazetteer:
        """The neighbourhoods of data/places/neighbourhoods.yml; OSError when it is missing."""
        names: dict[tuple[str, ...], str] = {}
        ambiguous = set()
        for entry in yaml.safe_load(file.read_text(encoding="utf-8"))["neighbourhoods"]:
            for name in [entry["name"], entry["slug"].replace("-", " "), *entry.get("aliases", [])]:
                key = _key(name)
                names.setdefault(key, entry["slug"])
                if entry.get("bare_name_ambiguous") or _is_everyday(key):
                    ambiguous.add(key)
        fuzzy = {"".join(key): key for key in names if len("".join(key)) >= _MIN_FUZZY_LENGTH and _wordy(key)}
        return cls(names, frozenset(ambiguous), fuzzy)

    def find(self, reading: Reading) -> None:
        """Adds each `neighbourhood` named in the message, the longest name first."""
        tokens = list(_TOKEN.finditer(reading.folded))
        sounds = [sound(token.group()) for token in tokens]
        at = 0
        while at < len(tokens):
            length = self._exact(reading, tokens, sounds, at) or self._similar(reading, tokens, sounds, at)
            at += length or 1

    def _exact(self, reading: Reading, tokens: Sequence[re.Match[str]], sounds: Sequence[str], at: int) -> int | None:
        for length in range(min(_LONGEST_NAME, len(tokens) - at), 0, -1):
            key = tuple(sounds[at : at + length])
            start, end = tokens[at].start(), tokens[at + length - 1].end()
            if key in self.names and self._is_place(reading, key, start, end):
                reading.add("neighbourhood", self.names[key], start, end)
                return length
        return None

    def _similar(self, reading: Reading, tokens: Sequence[re.Match[str]], sounds: Sequence[str], at: int) -> int | None:
        for length in (3, 2, 1):
            words = [token.group() for token in tokens[at : at + length]]
            if len(words) < length or not self._may_be_misspelt(words):
                continue
            start, end = tokens[at].start(), tokens[at + length - 1].end()
            if not _has_cue(reading, start, end) or _ruled_out(reading, start, end):
                continue
            key = self._closest("".join(sounds[at : at + length]))
            if key:
                reading.add("neighbourhood", self.names[key], start, end)
                return length
        return None

    def _closest(self, joined: str) -> tuple[str, ...] | None:
        match = process.extractOne(joined, self.fuzzy.keys(), scorer=fuzz.ratio, score_cutoff=_FUZZY_SCORE)
        return self.fuzzy[match[0]] if match and match[0][0] == joined[0] else None

    @staticmethod
    def _may_be_misspelt(words: Sequence[str]) -> bool:
        joined = "".join(words)
        return (
            len(joined) >= _MIN_FUZZY_LENGTH
            and joined.isalpha()
            and not _NEVER_FUZZY & set(words)
            and (len(words) == 1 or all(len(word) > 2 or word in ("la", "de", "el") for word in words))
        )

    def _is_place(self, reading: Reading, key: tuple[str, ...], start: int, end: int) -> bool:
        if _ruled_out(reading, start, end):
            return False
        return key not in self.ambiguous or _has_cue(reading, start, end)


def _key(name: str) -> tuple[str, ...]:
    return tuple(sound(token) for token in _TOKEN.findall(fold(name)))


def _is_everyday(key: tuple[str, ...]) -> bool:
    bare = [word for word in key if word not in ("la", "el")]
    return len(bare) == 1 and (bare[0].isdigit() or bare[0] in _sounds(_EVERYDAY))


def _sounds(words: Iterable[str]) -> frozenset[str]:
    return frozenset(sound(word) for word in words)


def _wordy(key: tuple[str, ...]) -> bool:
    return all(part.isalpha() for part in key)


def _has_cue(reading: Reading, start: int, end: int) -> bool:
    before = reading.folded[:start]
    return bool(_PLACE_CUE.search(before)) or reading.is_whole(start, end) or reading.asks_for(*_SPEAKS_OF_PLACE)


def _ruled_out(reading: Reading, start: int, end: int) -> bool:
    return bool(_NOT_A_PLACE.search(reading.folded[:start]) or _HOUSE_NUMBER.match(reading.folded[end:]))
