"""What the typed indexes hold of a resource."""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from latido.fhir.resources import Resource, split_reference
from latido.fhir.server.definitions import Definition, Path, SearchParameter
from latido.fhir.server.instants import LOCAL, Interval, interval_of, period_interval

# Postgres refuses index rows of more than about 2,700 bytes: what is longer is found by its hash.
_LONGEST_KEY = 200
# A name or a short result is found by its words; of an essay the beginning must do.
_LONGEST_TEXT = 1000

# Hexadecimal digits kept of a keyed hash: 128 bits for a value, 64 for its system, of which there are a few. The rest
# would only make the index larger, which at a million appointments is felt.
_BLIND_CODE, _BLIND_SYSTEM = 32, 16

_WORD = re.compile(r"\w+")


class Blinder(Protocol):
    """A keyed hash, as `latido.crypto.Vault` has it."""

    def blind(self, value: str) -> str:
        """The keyed hash of a value."""


@dataclass(frozen=True)
class IndexEntries:
    """Everything the indexes hold of one resource, each with the parameter's name first."""

    key: int
    type: str
    state: str | None
    moment: datetime | None
    tokens: frozenset[tuple[str, str, str]]
    references: frozenset[tuple[str, str, str]]
    dates: frozenset[tuple[str, Interval]]
    strings: frozenset[tuple[str, str]]
    position: tuple[float, float] | None


def index_entries(resource: Resource, definition: Definition, blinder: Blinder, key: int) -> IndexEntries:
    """The index entries of a valid resource whose row has this key; codes of a sealed type are blinded."""
    by_kind: dict[str, list[SearchParameter]] = {}
    for parameter in definition.search.values():
        if not stands_beside(parameter, definition):
            by_kind.setdefault(parameter.kind, []).append(parameter)
    moment = interval_of(str(resource.get(definition.moment, ""))) if definition.moment else None
    return IndexEntries(
        key=key,
        type=definition.name,
        state=resource.get(definition.state) if definition.state else None,
        moment=moment.low if moment else None,
        tokens=frozenset(
            (name, token_system(definition, system, blinder), token_code(definition, name, code, blinder))
            for name, system, code in _codes_words_and_days(resource, by_kind)
        ),
        references=frozenset(_references(resource, by_kind.get("reference", []))),
        dates=frozenset(_dates(resource, by_kind.get("date", []))),
        strings=frozenset(_strings(resource, by_kind.get("string", []))),
        position=_position(resource) if "position" in by_kind else None,
    )


def stands_beside(parameter: SearchParameter, definition: Definition) -> bool:
    """Whether the parameter is the type's state or moment, kept in columns of their own."""
    return parameter.looks_at(definition.state) or parameter.looks_at(definition.moment)


def token_code(definition: Definition, parameter: str, code: str, blinder: Blinder) -> str:
    """A code as the index holds it. Blinding takes the parameter in, so that equal values of two do not meet."""
    if definition.sealed:
        return blinder.blind(f"{definition.name}.{parameter}|{code}")[:_BLIND_CODE]
    return squeezed(code)


def token_system(definition: Definition, system: str, blinder: Blinder) -> str:
    """A code's system as the index holds it: even the system may tell what a finding is about. Empty stays empty."""
    if definition.sealed and system:
        return blinder.blind(f"{definition.name}|{system}")[:_BLIND_SYSTEM]
    return squeezed(system)


def squeezed(text: str) -> str:
    """The text, or its hash where it is too long for an index."""
    if len(text) <= _LONGEST_KEY:
        return text
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def normal_string(text: str) -> str:
    """Lower case without accents, single blanks, cut to what the index holds."""
    return " ".join(_bare(text).split())[:_LONGEST_KEY]


def _bare(text: str) -> str:
    return "".join(each for each in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(each))


def reference_target(literal: str) -> tuple[str, str] | None:
    """Type and id of a reference; on another server the id is the whole URL; None for `#…` and `urn:…`."""
    target = split_reference(literal)
    if target is None or not literal.startswith(("http://", "https://")):
        return target
    return target[0], squeezed(literal)


def words_of(text: str) -> list[str]:
    """The words that a sealed string is found by: lower case, without accents or punctuation, each once."""
    return list(dict.fromkeys(_WORD.findall(_bare(text[:_LONGEST_TEXT]))))


def _codes_words_and_days(
    resource: Resource, by_kind: Mapping[str, list[SearchParameter]]
) -> Iterator[tuple[str, str, str]]:
    """Parameter, system and code of everything that the token index holds."""
    for parameter, path, value in _values(resource, by_kind.get("token", [])):
        yield from ((parameter.name, system, code) for system, code in _codes(value, path))
    for parameter, path, value in _values(resource, by_kind.get("words", [])):
        yield from ((parameter.name, "", word) for text in _texts(value, path.leaf) for word in words_of(text))
    for parameter, _, value in _values(resource, by_kind.get("day", [])):
        day = _day_of(value)
        if day is not None:
            yield parameter.name, "", day


def _values(resource: Resource, parameters: list[SearchParameter]) -> Iterator[tuple[SearchParameter, Path, Any]]:
    for parameter in parameters:
        for path in parameter.paths:
            yield from ((parameter, path, value) for value in path.values(resource))


def _codes(value: Any, path: Path) -> Iterator[tuple[str, str]]:
    if isinstance(value, bool):
        yield "", str(value).lower()
    elif isinstance(value, str):
        yield path.system or "", value
    elif path.leaf == "CodeableConcept":
        yield from ((each.get("system", ""), each["code"]) for each in value.get("coding", []) if "code" in each)
    elif path.leaf == "Coding" and "code" in value:
        yield value.get("system", ""), value["code"]
    elif path.leaf in ("Identifier", "ContactPoint") and "value" in value:
        yield value.get("system", "") if path.leaf == "Identifier" else "", value["value"]


def _texts(value: Any, leaf: str) -> Iterator[str]:
    """The strings in a string, a name or an address."""
    if isinstance(value, str):
        yield value
    for part in _PARTS.get(leaf, ()):
        found = value.get(part, [])
        yield from (each for each in (found if isinstance(found, list) else [found]) if each is not None)


def _day_of(value: str) -> str | None:
    """The day of a date, or the local day of a dateTime; None for a month or a year."""
    if "T" in value:
        interval = interval_of(value)
        return interval.low.astimezone(LOCAL).date().isoformat() if interval else None
    return value if len(value) == len("YYYY-MM-DD") else None


def _references(resource: Resource, parameters: list[SearchParameter]) -> Iterator[tuple[str, str, str]]:
    for parameter, _, value in _values(resource, parameters):
        target = reference_target(value.get("reference", ""))
        if target and (not parameter.targets or target[0] in parameter.targets):
            yield parameter.name, *target


def _dates(resource: Resource, parameters: list[SearchParameter]) -> Iterator[tuple[str, Interval]]:
    for parameter, path, value in _values(resource, parameters):
        interval = _INTERVALS.get(path.leaf, interval_of)(value)
        if interval is not None:
            yield parameter.name, interval


def _timing_interval(timing: Resource) -> Interval | None:
    """From the first to the last moment that a Timing names; None when it names none."""
    bounds = (timing.get("repeat") or {}).get("boundsPeriod")
    found = [interval_of(event) for event in timing.get("event", []) if event is not None]
    found += [period_interval(bounds)] if bounds else []
    known = [each for each in found if each is not None]
    return Interval(min(each.low for each in known), max(each.high for each in known)) if known else None


def _strings(resource: Resource, parameters: list[SearchParameter]) -> Iterator[tuple[str, str]]:
    for parameter, path, value in _values(resource, parameters):
        yield from ((parameter.name, normal_string(text)) for text in _texts(value, path.leaf))


def _position(resource: Resource) -> tuple[float, float] | None:
    position = resource.get("position") or {}
    if "latitude" not in position or "longitude" not in position:
        return None
    return float(position["latitude"]), float(position["longitude"])


_PARTS = {
    "HumanName": ("text", "family", "given", "prefix", "suffix"),
    "Address": ("text", "line", "city", "district", "state", "postalCode", "country"),
}
_INTERVALS: Mapping[str, Callable[[Any], Interval | None]] = {"Period": period_interval, "Timing": _timing_interval}
