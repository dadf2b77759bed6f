"""`given_name`: the name by which she calls a child, a relative or herself; rather none than a common word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml

from bot.nlu.entities.calendar import MONTHS
from bot.nlu.entities.found import Found, Reading
from bot.nlu.entities.people import relations
from bot.nlu.text import fold

GIVEN_NAMES_FILE = Path(__file__).parents[2] / "data" / "given_names.yml"

_LONGEST = 3
_WORD = re.compile(r"[a-z]+(?:['’][a-z]+)?")
_CALLED = re.compile(
    r"\b(?:(?<!como )(?<!como es que )se llaman?|se va a llamar|se llamara|me llamo|(?:bebe|beba|nene"
    r"|nena|hij[oa]) llamad[oa]|de "
    r"nombre|(?:su|mi|el) nombre(?: es|:)"
    r"|nombre(?: y apellido)? ?:|le (?:pusimos|puse|vamos a poner|pusieron|decimos)|me dicen|(?:te|les|le) "
    r"(?:habla|escribe))\W+"
)
_I_AM = re.compile(r"\b(?:yo )?soy\W+")
_FOR = re.compile(r"\b(?:(?:para|de|a|con)|(?:la|el) (?:nombre|control|turno|cita|vacuna|edad) de)\s+")
_BEFORE_AGE = re.compile(r"^\W*(?:hola\W+|es\W+|para\W+)*")
_AGE_AFTER = re.compile(r"^\W*(?:tiene |de |cumplio |cumple )?\d{1,2} ?(?:dias?|semanas?|mes(?:es)?|anos?|anitos?)\b")
_SPEAKS_OF_HIM = re.compile(r"^ (?:tiene|cumple|cumplio|nacio|necesita|esta|tenia|va a cumplir|ya tiene) ")
# What may stand before the name that was asked for: "es Luca", "la Yesi", "le decimos Toto".
_BEFORE_ANSWER = r"(?:(?:es|se llama|se va a llamar|le decimos|le dicen|le puse|mi [a-z]+|la|el)\s+){0,3}"
_ANSWER = re.compile(rf"\W*{_BEFORE_ANSWER}((?:[a-z'’\-]+ ?){{1,4}}?)\W*")
_GAP = re.compile(r" (?:(?:del|de los|de la|de) (?=[a-z]))?")
_AND = re.compile(r"^(?:,| y| e) +")


@dataclass(frozen=True)
class GivenNames:
    """Known names, those which are everyday words as well, words that are no names, and answers that name nobody."""

    names: frozenset[str]
    also_words: frozenset[str]
    never: frozenset[str]
    no_answer: frozenset[str]


@lru_cache(maxsize=1)
def given_names() -> GivenNames:
    """The names of bot/data/given_names.yml."""
    data = yaml.safe_load(GIVEN_NAMES_FILE.read_text(encoding="utf-8"))
    return GivenNames(*(frozenset(fold(data[part]).split()) for part in ("names", "also_words", "never", "no_answer")))


def find_names(reading: Reading) -> None:
    """Adds each `given_name`, with capitals."""
    for start, end in _spans(reading):
        if not any(one.entity == "given_name" and start < one.end and one.start < end for one in reading.found):
            reading.add_beside("given_name", _titled(reading.original(start, end)), start, end)


def _spans(reading: Reading) -> Iterator[tuple[int, int]]:
    """Where names stand, the surest way of telling one first."""
    folded = reading.folded
    for cue in _CALLED.finditer(folded):
        yield from _listed(reading, cue.end(), sure=True)
    for cue in _I_AM.finditer(folded):
        word = _WORD.match(folded, cue.end())
        yield from _listed(reading, cue.end(), sure=bool(word and word.group() in given_names().names))
    for cue in (*relations().after_my.finditer(folded), *_after_another().finditer(folded)):
        yield from _listed(reading, cue.end(), sure=False)
        yield from _told_of(reading, cue.end())
    for cue in _FOR.finditer(folded):
        yield from _known(reading, cue.end())
    yield from _first_words(reading)
    if reading.asks_for("name") and not reading.asks_for("neighbourhood"):
        yield from _whole(reading)


@lru_cache(maxsize=1)
def _after_another() -> re.Pattern[str]:
    """ "Mi otra hija …", which is not said of somebody who stands by."""
    people = "|".join(sorted(relations().child | relations().adult, key=len, reverse=True))
    return re.compile(
        rf"\b(?:mi|la|el|su|de|para) (?:otr[oa]|segund[oa]|primer[oa]?) (?:{people})(?:,| que se llama)? "
    )


def _told_of(reading: Reading, at: int) -> Iterator[tuple[int, int]]:
    """ "Mi hija mora tiene 3 años": a name that is a word too, where something is told of whom it names."""
    word = _WORD.match(reading.folded, at)
    if not word or word.group() not in given_names().also_words:
        return
    rest = reading.folded[word.end() :]
    if _SPEAKS_OF_HIM.match(rest) or _AGE_AFTER.match(rest):
        yield word.span()


def _listed(reading: Reading, at: int, sure: bool) -> Iterator[tuple[int, int]]:
    """A name here, and those joined to it: "Luca y Milagros"."""
    end = _name_end(reading, at, sure)
    while end:
        yield at, end
        more = _AND.match(reading.folded[end:])
        at = end + more.end() if more else end
        end = _name_end(reading, at, sure=False) if more else None


def _known(reading: Reading, at: int) -> Iterator[tuple[int, int]]:
    """Names of the list, with a capital when they are words as well."""
    for start, end in _listed(reading, at, sure=False):
        word = _WORD.match(reading.folded, start)
        month = bool(
            word and word.group() in MONTHS and re.search(r"(?:\d|[a-z]o|[a-z]s) de $", reading.folded[:start])
        )
        if not word or month or word.group() not in given_names().names or _is_street(reading, end):
            return
        yield start, end


def _is_street(reading: Reading, end: int) -> bool:
    return bool(re.match(r"^ (?:\d{2,5}\b|y \w+ (?:\d|$))", reading.folded[end:])) or not reading.free(end - 1, end)


def _first_words(reading: Reading) -> Iterator[tuple[int, int]]:
    """ "Juan Cruz, 3 meses", "luca tiene 2 meses": a name that begins the message."""
    opening = _BEFORE_AGE.match(reading.folded)
    at = opening.end() if opening else 0
    end = _name_end(reading, at, sure=False)
    if end and (_AGE_AFTER.match(reading.folded[end:]) or _SPEAKS_OF_HIM.match(reading.folded[end:])):
        yield at, end


def _whole(reading: Reading) -> Iterator[tuple[int, int]]:
    """The message is the name that was asked for."""
    match = _ANSWER.fullmatch(reading.folded)
    words = set(match[1].split()) if match else set()
    known = given_names()
    refused = (known.never - {"de", "la", "del", "los", "y"}) | known.no_answer
    if not match or not words or "?" in reading.text or words & refused:
        return
    if not any(_is_place(one) for one in reading.found) or words <= known.names:
        yield match.span(1)


def _is_place(found: Found) -> bool:
    return found.entity in ("neighbourhood", "address")


def _name_end(reading: Reading, at: int, sure: bool) -> int | None:
    """Where the name that begins here ends; None when none does. `sure`: the words before it tell that one follows."""
    end = None
    for count in range(_LONGEST):
        word = _WORD.match(reading.folded, at)
        if not word or not _is_name(reading, word, sure and count == 0):
            break
        end = word.end()
        gap = _GAP.match(reading.folded, end)
        if not gap:
            break
        at = gap.end()
    return end


def _is_name(reading: Reading, word: re.Match[str], sure: bool) -> bool:
    known, text = given_names(), word.group()
    if text in known.never or text in relations().words or len(text) < 2:
        return False
    written = reading.original(*word.span())
    capital = written[:1].isupper() and not reading.text.isupper()
    if sure:
        return len(text) > 2
    if capital and not _begins_sentence(reading, word.start()):
        return True
    return text in known.names and (text not in known.also_words or capital)


def _begins_sentence(reading: Reading, at: int) -> bool:
    return not re.search(r"[a-z,]\s*$", reading.folded[:at])


def _titled(written: str) -> str:
    words = written.strip().split()
    return " ".join(word if not (word.islower() or word.isupper()) else word.capitalize() for word in words)
