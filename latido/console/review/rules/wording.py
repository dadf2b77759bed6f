"""A message as it may leave: what tells who wrote it is replaced by something made up of the same shape. Pure.

What is replaced: the log's masks, names, addresses, blocks of a settlement, days of birth, and any long number.
Neighbourhoods, centres, weeks and signs stay, for they are what is learned from. This only proposes: people confirm it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

Span = tuple[str, int, int]  # an entity's kind, and where it begins and ends
_MASK = re.compile(r"\[(documento|teléfono|mail|reservado)\]")
_NAMED = re.compile(
    r"(?i:\b(?:me llamo|mi nombre es|se llama|la mam[aá] de|el pap[aá] de|a nombre de)\s+)"
    r"([^\W\d_]{2,}(?:\s+[A-ZÁÉÍÓÚÑ][^\W\d_]+){0,2})"
)
_I_AM = re.compile(r"(?i:\bsoy\s+)([A-ZÁÉÍÓÚÑ][^\W\d_]+(?:\s+[A-ZÁÉÍÓÚÑ][^\W\d_]+){0,2})")
_STREET = re.compile(
    r"(?i)\b(?:av(?:enida|da)?\.?|calle|pasaje|pje\.?)\s+((?:[^\W\d_]+\.?\s+){1,4}?(?:n[°º]?\s*|al\s+)?\d{2,5})\b"
)
_BLOCK = re.compile(r"(?i)\b(?:manzana|mza?\.?|casa|torre|piso|depto\.?|dpto\.?|lote)\s+(?:n[°º]?\s*)?(\d{1,4})\b")
_LONG = re.compile(r"(?<![\w[])\d[\d.\-/ ]{4,}\d(?!\w)")
_DAY = re.compile(r"\d{1,2}[/.\- ]\d{1,2}[/.\- ](?:19|20)?\d{2}|(?:19|20)\d{2}-\d{2}-\d{2}")
_SHORT_NUMBER = re.compile(r"\b\d{1,2}\b")
_LIKE_A_DOCUMENT = re.compile(r"\d(?:[ .\-]?\d){6,}")
_LIKE_A_MAIL = re.compile(r"[\w.+-]{1,254}@[\w.-]")


@dataclass(frozen=True)
class MadeUp:
    """What is put in the place of what identifies, each list in its file's order."""

    names: tuple[str, ...]
    surnames: tuple[str, ...]
    streets: tuple[str, ...]
    documents: tuple[str, str]
    phones: tuple[str, str]
    mail: str


@dataclass(frozen=True)
class Wording:
    """A text with its entities; `replaced` are the kinds of what was made up, for the reviewer to look at."""

    text: str
    entities: tuple[Span, ...] = ()
    replaced: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Change:
    start: int
    end: int
    kind: str
    words: str


def proposed(text: str, entities: Sequence[Span], made_up: MadeUp) -> Wording:
    """The wording to confirm. The same name or street becomes the same made-up one throughout a message."""
    flat = re.sub(r"\s", " ", text)  # one line, of the same length: an example is a line
    placed = places_that_hold(flat, entities)
    changes = _without_overlaps([*_by_entity(flat, placed, made_up), *_by_sight(flat, made_up)])
    return _tidied(_changed(flat, placed, changes))


def still_identifies(text: str, made_up: MadeUp) -> bool:
    """Whether a wording holds a mask, a mail, or a number as long as a document's that is not one of those made up."""
    rest = text
    for one in (*made_up.documents, *made_up.phones, made_up.mail):
        rest = rest.replace(one, "")
    numbers = (match[0] for match in _LIKE_A_DOCUMENT.finditer(rest) if not _DAY.fullmatch(match[0]))
    return bool(_MASK.search(text) or _LIKE_A_MAIL.search(rest) or next(numbers, None))


def places_that_hold(text: str, entities: Iterable[Span]) -> tuple[Span, ...]:
    """The entities whose places still hold: a mask is not as long as what it hides, and moved what comes after it."""
    mask = _MASK.search(text)
    end = mask.start() if mask else len(text)
    held = [one for one in entities if 0 <= one[1] < one[2] <= end and text[one[1] : one[2]].strip()]
    return tuple(sorted(held, key=lambda one: (one[1], one[2])))


def _by_entity(text: str, entities: Iterable[Span], made_up: MadeUp) -> list[_Change]:
    found = []
    for kind, start, end in entities:
        writer = _WRITERS.get(kind)
        if writer:
            found.append(_Change(start, end, kind, writer(text[start:end], made_up)))
    return found


def _by_sight(text: str, made_up: MadeUp) -> list[_Change]:
    found = [_Change(*match.span(), "mask", _unmasked(match[1], made_up)) for match in _MASK.finditer(text)]
    for pattern, kind, writer in (
        (_NAMED, "given_name", _name),
        (_I_AM, "given_name", _name),
        (_STREET, "address", _address),
        (_BLOCK, "block", _number),
    ):
        found += [_Change(*match.span(1), kind, writer(match[1], made_up)) for match in pattern.finditer(text)]
    long = (match for match in _LONG.finditer(text) if _is_of_a_person(match[0]))
    return found + [_Change(*match.span(), "number", _long_number(match[0], made_up)) for match in long]


def _is_of_a_person(number: str) -> bool:
    return sum(sign.isdigit() for sign in number) >= 6 and not _DAY.fullmatch(number.strip())


def _without_overlaps(changes: list[_Change]) -> list[_Change]:
    """Of two in the same place the first one found; entities were found first."""
    kept: list[_Change] = []
    for one in changes:
        if all(one.end <= other.start or other.end <= one.start for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda one: one.start)


def _changed(text: str, entities: Sequence[Span], changes: Sequence[_Change]) -> Wording:
    pieces, at = [], 0
    for one in changes:
        pieces += [text[at : one.start], one.words]
        at = one.end
    moved = tuple((kind, _moved(start, changes, False), _moved(end, changes, True)) for kind, start, end in entities)
    return Wording("".join([*pieces, text[at:]]), moved, tuple(dict.fromkeys(one.kind for one in changes)))


def _moved(place: int, changes: Sequence[_Change], is_end: bool) -> int:
    shift = 0
    for one in changes:
        if place >= one.end:
            shift += len(one.words) - (one.end - one.start)
        elif place > one.start:  # inside what was replaced: to its border
            return one.start + shift + (len(one.words) if is_end else 0)
    return place + shift


def _tidied(wording: Wording) -> Wording:
    """Without blanks around it and without an entity of nothing."""
    left = len(wording.text) - len(wording.text.lstrip())
    text = wording.text.strip()
    kept = tuple((kind, max(0, start - left), min(len(text), end - left)) for kind, start, end in wording.entities)
    return Wording(text, tuple(one for one in kept if one[1] < one[2]), wording.replaced)


def _name(words: str, made_up: MadeUp) -> str:
    """As many words as there were, with a capital where there was one."""
    parts = words.split()
    lists = [made_up.names, *[made_up.surnames] * (len(parts) - 1)]
    chosen = [_pick(part.lower(), among) for part, among in zip(parts, lists, strict=True)]
    return " ".join(new if old[0].isupper() else new.lower() for old, new in zip(parts, chosen, strict=True))


def _address(words: str, made_up: MadeUp) -> str:
    """A corner for a corner, a number for a number."""
    streets = re.split(r"\s+(?:y|e|esquina|entre)\s+", words, flags=re.IGNORECASE)
    street = _pick(streets[0].lower(), made_up.streets)
    if len(streets) > 1:
        other = [one for one in made_up.streets if one != street]
        return f"{street} y {_pick(streets[1].lower(), tuple(other))}"
    return f"{street} {_number('2500', made_up)}" if re.search(r"\d", words) else street


def _number(words: str, made_up: MadeUp) -> str:
    """The same shape with digits of nobody."""
    count = iter(range(1, len(words) + 1))
    return re.sub(r"\d", lambda _: str(next(count) % 10), words)


def _long_number(words: str, made_up: MadeUp) -> str:
    """A phone for what is as long as one, else a document; with signs between where there were."""
    plain = re.sub(r"\D", "", words)
    return (made_up.phones if len(plain) >= 9 else made_up.documents)[plain != words]


def _birth_day(words: str, made_up: MadeUp) -> str:
    """Another day of the same month."""
    return _SHORT_NUMBER.sub(lambda match: str(_bucket(words, 27) + 2), words, count=1)


def _unmasked(kind: str, made_up: MadeUp) -> str:
    return {"documento": made_up.documents[0], "teléfono": made_up.phones[0], "mail": made_up.mail}.get(
        kind, made_up.names[0]
    )


def _pick(seed: str, among: Sequence[str]) -> str:
    return among[_bucket(seed, len(among))]


def _bucket(seed: str, of: int) -> int:
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8], "big") % of


_WRITERS: dict[str, Callable[[str, MadeUp], str]] = {
    "given_name": _name,
    "address": _address,
    "birth_date": _birth_day,
    "dni": lambda words, made_up: made_up.documents["." in words],
    "phone": lambda words, made_up: made_up.phones[not words.isdigit()],
}
