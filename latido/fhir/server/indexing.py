"""What the typed indexes hold of a resource."""

import hashlib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from latido.fhir.resources import Resource, split_reference
from latido.fhir.server.definitions import Definition, SearchParameter
from latido.fhir.server.instants import Interval, interval_of, period_interval

# Postgres refuses index rows of more than about 2,700 bytes: what is longer is found by its hash.
_LONGEST_KEY = 200


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
        tokens=frozenset(_tokens(resource, by_kind.get("token", []), definition, blinder)),
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
        return blinder.blind(f"{definition.name}.{parameter}|{code}")
    return squeezed(code)


def squeezed(text: str) -> str:
    """The text, or its hash where it is too long for an index."""
    if len(text) <= _LONGEST_KEY:
        return text
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def normal_string(text: str) -> str:
    """Lower case without accents, single blanks, cut to what the index holds."""
    bare = "".join(each for each in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(each))
    return " ".join(bare.split())[:_LONGEST_KEY]


def reference_target(literal: str) -> tuple[str, str] | None:
    """Type and id of a reference; on another server the id is the whole URL; None for `#…` and `urn:…`."""
    target = split_reference(literal)
    if target is None or not literal.startswith(("http://", "https://")):
        return target
    return target[0], squeezed(literal)


def _tokens(
    resource: Resource, parameters: list[SearchParameter], definition: Definition, blinder: Blinder
) -> Iterator[tuple[str, str, str]]:
    for parameter in parameters:
        for path in parameter.paths:
            for value in path.values(resource):
                for system, code in _codes(value, parameter):
                    held = token_code(definition, parameter.name, code, blinder)
                    yield parameter.name, squeezed(system), held


def _codes(value: Any, parameter: SearchParameter) -> Iterator[tuple[str, str]]:
    if isinstance(value, bool):
        yield "", str(value).lower()
    elif isinstance(value, str):
        yield parameter.system or "", value
    elif parameter.leaf == "CodeableConcept":
        yield from ((each.get("system", ""), each["code"]) for each in value.get("coding", []) if "code" in each)
    elif parameter.leaf == "Coding" and "code" in value:
        yield value.get("system", ""), value["code"]
    elif parameter.leaf in ("Identifier", "ContactPoint") and "value" in value:
        yield value.get("system", "") if parameter.leaf == "Identifier" else "", value["value"]


def _references(resource: Resource, parameters: list[SearchParameter]) -> Iterator[tuple[str, str, str]]:
    for parameter in parameters:
        for path in parameter.paths:
            for value in path.values(resource):
                target = reference_target(value.get("reference", ""))
                if target and (not parameter.targets or target[0] in parameter.targets):
                    yield parameter.name, *target


def _dates(resource: Resource, parameters: list[SearchParameter]) -> Iterator[tuple[str, Interval]]:
    for parameter in parameters:
        for path in parameter.paths:
            for value in path.values(resource):
                interval = period_interval(value) if isinstance(value, dict) else interval_of(value)
                if interval is not None:
                    yield parameter.name, interval


def _strings(resource: Resource, parameters: list[SearchParameter]) -> Iterator[tuple[str, str]]:
    for parameter in parameters:
        for path in parameter.paths:
            yield from ((parameter.name, normal_string(value)) for value in path.values(resource))


def _position(resource: Resource) -> tuple[float, float] | None:
    position = resource.get("position") or {}
    if "latitude" not in position or "longitude" not in position:
        return None
    return float(position["latitude"]), float(position["longitude"])
