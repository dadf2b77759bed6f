"""Search parameters: which part of a resource each looks at, and as what.

Written as `kind path [path …] [Target …]`, for instance `reference participant.actor Patient` or
`token telecom(system=phone)`: paths walk through lists; a word with a capital restricts a reference's targets. A choice
goes by its JSON name, `onsetDateTime`.

Two kinds are for sealed types, whose index holds keyed hashes only and so finds no beginnings and no ranges: `words`, a
string found by whole words, and `day`, a date found by the whole day.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from latido.fhir.server.definitions.elements import Element, Property, Table

COMMON_PARAMETERS = {"_tag": "token meta.tag"}
FHIR_TYPES = {
    "token": "token",
    "reference": "reference",
    "date": "date",
    "day": "date",
    "string": "string",
    "words": "string",
    "position": "special",
}
"""FHIR's type of a search parameter, by our kind."""

_STEP = re.compile(r"(\w+)(?:\((\w+)=(\w+)\))?$")


@dataclass(frozen=True)
class Path:
    """Steps into a resource, the last perhaps with a condition on a child (`telecom(system=phone)`).

    `leaf` is the data type at its end, `system` that of the codes it is bound to.
    """

    steps: tuple[str, ...]
    condition: tuple[str, str] | None
    leaf: str
    system: str | None

    def values(self, resource: Mapping[str, Any]) -> Iterator[Any]:
        """Every value at the end of the path."""
        found: list[Any] = [resource]
        for step in self.steps:
            found = [value for each in found for value in _children(each, step)]
        return (value for value in found if self._holds(value))

    def _holds(self, value: Any) -> bool:
        if self.condition is None:
            return True
        name, wanted = self.condition
        return isinstance(value, dict) and value.get(name) == wanted


@dataclass(frozen=True)
class SearchParameter:
    """One search parameter of one resource type."""

    name: str
    kind: str
    paths: tuple[Path, ...]
    targets: tuple[str, ...] = ()

    def looks_at(self, element: str | None) -> bool:
        """Whether it looks at exactly this top-level element."""
        return element is not None and [path.steps for path in self.paths] == [(element,)]


def parse_parameters(
    source: Mapping[str, str], table: Table, datatypes: Mapping[str, Table]
) -> Mapping[str, SearchParameter]:
    """The search parameters of a resource type, by name."""
    return {name: _parameter(name, text, table, datatypes) for name, text in source.items()}


def _parameter(name: str, text: str, table: Table, datatypes: Mapping[str, Table]) -> SearchParameter:
    kind, *words = text.split()
    if kind not in FHIR_TYPES:
        raise ValueError(f"search parameter {name}: unknown kind {kind!r}")
    found = [_path(word, table, datatypes) for word in words if word[0].islower()]
    named = tuple(word for word in words if word[0].isupper())
    allowed = {target: None for _, leaf in found for target in leaf.type.targets}
    return SearchParameter(name, kind, tuple(path for path, _ in found), named or tuple(allowed))


def _path(text: str, table: Table, datatypes: Mapping[str, Table]) -> tuple[Path, Property]:
    parts = [_STEP.match(step) for step in text.split(".")]
    if not all(parts):
        raise ValueError(f"cannot read the path {text!r}")
    found = [part for part in parts if part]
    last = found[-1]
    steps = tuple(part[1] for part in found)
    leaf = _leaf(steps, table, datatypes)
    system = leaf.element.value_set.system if leaf.element.value_set else None
    return Path(steps, (last[2], last[3]) if last[2] else None, leaf.type.name, system), leaf


def _leaf(steps: tuple[str, ...], table: Table, datatypes: Mapping[str, Table]) -> Property:
    prop = table.properties[steps[0]]
    for step in steps[1:]:
        prop = _table_of(prop.element, prop.type.name, datatypes).properties[step]
    return prop


def _table_of(element: Element, type_name: str, datatypes: Mapping[str, Table]) -> Table:
    return element.table or datatypes[type_name]


def _children(value: Any, step: str) -> list[Any]:
    child = value.get(step) if isinstance(value, dict) else None
    if child is None:
        return []
    return [each for each in child if each is not None] if isinstance(child, list) else [child]
