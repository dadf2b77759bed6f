"""Which neighbourhood somebody means: official and popular names, aliases, typing slips. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz import fuzz

from latido.care.places.directory import Neighbourhood

# Similarity of two names, 0 to 100. Below the first a slip is no longer credible; two names closer to each other
# than the second cannot be told apart.
CREDIBLE_SLIP = 80.0
TOO_CLOSE = 6.0
_FILLER = re.compile(r"^(?:(?:vivo|soy|estoy|por|en|de|del|cerca|la zona|zona|barrio|el|al lado)\s+)+")
# "cesac 15", "la salita nro 15", "sesak 15"
_CENTER = re.compile(
    r"\b(?:[csz]e[sz]+a[ck]|salita|sala|centro(?: de salud)?) (?:n |no |nro |num |numero |el )?(\d{1,2})\b"
)


@dataclass(frozen=True)
class NameMatch:
    """The slugs that a name may mean, best first: none, one, or several that must be told apart."""

    slugs: tuple[str, ...]

    @property
    def only(self) -> str | None:
        """The slug, when there is exactly one."""
        return self.slugs[0] if len(self.slugs) == 1 else None


class NameIndex:
    """Finds neighbourhoods by what people call them."""

    def __init__(self, neighbourhoods: Iterable[Neighbourhood]) -> None:
        self._slug_by_name: dict[str, str] = {}
        for place in neighbourhoods:
            for name in (place.name, place.slug, *place.aliases):
                self._slug_by_name.setdefault(normalise(name), place.slug)

    def match(self, text: str) -> NameMatch:
        """What the words may mean: an exact name, names inside a sentence, or a name with slips."""
        return self.exact(text) or self.inside(text) or self._with_slips(text) or NameMatch(())

    def exact(self, text: str) -> NameMatch | None:
        """The place whose name or alias this is, accents and case aside; None if there is none."""
        words = normalise(text)
        slug = self._slug_by_name.get(words) or self._slug_by_name.get(_FILLER.sub("", words))
        return NameMatch((slug,)) if slug else None

    def inside(self, text: str) -> NameMatch | None:
        """The places whose names stand in the words, the longest name first; None if there is none."""
        rest = f" {normalise(text)} "
        found: dict[str, None] = {}
        for name in sorted(self._slug_by_name, key=len, reverse=True):
            if f" {name} " in rest:
                found[self._slug_by_name[name]] = None
                rest = rest.replace(f" {name} ", " | ")
        return NameMatch(tuple(found)[:5]) if found else None

    def without_numbered_names(self, text: str) -> str:
        """The words without the names that hold a number: what is left of "villa 31, caseros 2500" is an address."""
        rest = f" {normalise(text)} "
        for name in sorted(filter(_digits, self._slug_by_name), key=len, reverse=True):
            rest = rest.replace(f" {name} ", " ")
        return rest.strip()

    def _with_slips(self, text: str) -> NameMatch | None:
        words = _FILLER.sub("", normalise(text))
        best: dict[str, float] = {}
        for name, slug in self._slug_by_name.items():
            # A number is never a typing slip: villa 20 is not villa 21.
            if _digits(name) == _digits(words):
                best[slug] = max(best.get(slug, 0.0), fuzz.ratio(words, name))
        credible = {slug: score for slug, score in best.items() if score >= CREDIBLE_SLIP}
        if not credible:
            return None
        top = max(credible.values())
        near = sorted((-score, slug) for slug, score in credible.items() if top - score < TOO_CLOSE)
        return NameMatch(tuple(slug for _, slug in near[:5]))


def normalise(text: str) -> str:
    """Lower-case words without accents or punctuation, one space apart."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return " ".join(re.findall(r"[a-z0-9]+", plain))


def read_center(text: str) -> tuple[int | None, str]:
    """The number of the centre that is named, and the words beside it: 'por el cesac 15' -> 15, 'por el'."""
    words = normalise(text)
    found = _CENTER.search(words)
    return (int(found[1]), _CENTER.sub(" ", words).strip()) if found else (None, text)


def _digits(text: str) -> list[str]:
    return re.findall(r"\d+", text)
