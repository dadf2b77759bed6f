"""Search parameters: which part of a resource each looks at, and as what.

Written as `kind path [path …] [Target …]`, for instance `reference participant.actor Patient` or
`token telecom(system=phone)`: paths walk through lists; a word with a capital restricts a reference's targets.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from latido.fhir.server.definitions.elements import Element, Property, Table

COMMON_PARAMETERS = {"_tag": "token meta.tag"}
KINDS = frozenset({"token", "reference", "date", "string", "position"})

_STEP = re.compile(r"(\w+)(?:\((\w+)=(\w+)\))?$")


@dataclass(frozen=True)
class Path:
    """Steps into a resource, each perhaps with a condition on a sibling (`telecom(system=phone)`)."""

    steps: tuple[str, ...]
    condition: tuple[str, str] | None = None

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
    """One search parameter of one resource type; `leaf` is the data type at the end of its first path."""

    name: str
    kind: str
    paths: tuple[Path, ...]
    leaf: str
    targets: tuple[str, ...] = ()
    system: str | None = None

    def looks_at(self, element: str | None) -> bool:
        """Whether it looks at exactly this top-level element."""
        return element is not None and self.paths == (Path((element,)),)


def parse_parameters(
    source: Mapping[str, str], table: Table, datatypes: Mapping[str, Table]
) -> Mapping[str, SearchParameter]:
    """The search parameters of a resource type, by name."""
    return {name: _parameter(name, text, table, datatypes) for name, text in source.items()}


def _parameter(name: str, text: str, table: Table, datatypes: Mapping[str, Table]) -> SearchParameter:
    kind, *words = text.split()
    if kind not in KINDS:
        raise ValueError(f"search parameter {name}: unknown kind {kind!r}")
    paths = tuple(_path(word) for word in words if word[0].islower())
    leaf = _leaf(paths[0], table, datatypes)
    named = tuple(word for word in words if word[0].isupper())
    element = leaf.element
    return SearchParameter(
        name,
        kind,
        paths,
        leaf.type.name,
        named or leaf.type.targets,
        element.value_set.system if element.value_set else None,
    )


def _path(text: str) -> Path:
    parts = [_STEP.match(step) for step in text.split(".")]
    if not all(parts):
        raise ValueError(f"cannot read the path {text!r}")
    found = [part for part in parts if part]
    last = found[-1]
    return Path(tuple(part[1] for part in found), (last[2], last[3]) if last[2] else None)


def _leaf(path: Path, table: Table, datatypes: Mapping[str, Table]) -> Property:
    prop = table.properties[path.steps[0]]
    for step in path.steps[1:]:
        prop = _table_of(prop.element, prop.type.name, datatypes).properties[step]
    return prop


def _table_of(element: Element, type_name: str, datatypes: Mapping[str, Table]) -> Table:
    return element.table or datatypes[type_name]


def _children(value: Any, step: str) -> list[Any]:
    child = value.get(step) if isinstance(value, dict) else None
    if child is None:
        return []
    return [each for each in child if each is not None] if isinstance(child, list) else [child]
