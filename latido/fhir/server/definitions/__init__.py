"""Which resources the server knows, as data: one YAML file a resource type, beside their data types and codes.

A new resource type is a new file here: its elements, its search parameters, its invariants by name (the functions are
in `latido.fhir.server.invariants`), and optional marks: `sealed` (a person or a finding: stored encrypted),
`concealed` (the values of searches for it stay out of links; what is sealed is, unless it says otherwise), `state` and
`moment` (the status and the start that searches go by), `occupies` (holds a slot while live), `present` (references
whose target must exist here).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from latido.fhir.server.definitions.elements import Table, ValueSet, parse_table, read_value_sets, resource_elements
from latido.fhir.server.definitions.parameters import COMMON_PARAMETERS, Path, SearchParameter, parse_parameters

_NOT_RESOURCES = ("datatypes", "value_sets")


@dataclass(frozen=True)
class Occupancy:
    """A live resource of this type holds what its reference element points at: no two may hold the same."""

    reference: str
    while_states: frozenset[str]


@dataclass(frozen=True)
class Definition:
    """One resource type."""

    name: str
    table: Table
    search: Mapping[str, SearchParameter]
    invariants: tuple[str, ...] = ()
    sealed: bool = False
    concealed: bool = False
    state: str | None = None
    moment: str | None = None
    occupies: Occupancy | None = None
    present: tuple[str, ...] = ()
    state_system: str | None = None


@cache
def definitions() -> Mapping[str, Definition]:
    """Every resource type the server stores, by name."""
    names = sorted(each.name.removesuffix(".yml") for each in files(__name__).iterdir() if each.name.endswith(".yml"))
    return {name: _define(name) for name in names if name not in _NOT_RESOURCES}


@cache
def datatypes() -> Mapping[str, Table]:
    """The tables of the complex data types, by name."""
    return {name: parse_table(table, _value_sets(), backbone=False) for name, table in _load("datatypes").items()}


@cache
def _value_sets() -> Mapping[str, ValueSet]:
    return read_value_sets(_load("value_sets"))


def _load(name: str) -> dict[str, Any]:
    # Ten times as quick, at the start of every process; for files of ours alone: it does not bear deep nesting.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    source = files(__name__).joinpath(f"{name}.yml").read_text(encoding="utf-8")
    return dict(yaml.load(source, Loader=loader))  # noqa: S506 (a safe loader)


def _define(name: str) -> Definition:
    source = _load(name)
    table = parse_table(resource_elements(source["elements"]), _value_sets(), backbone=False)
    state = source.get("state")
    state_element = table.properties[state].element if state else None
    occupies = source.get("occupies")
    return Definition(
        name=name,
        table=table,
        search=parse_parameters(COMMON_PARAMETERS | source["search"], table, datatypes()),
        invariants=tuple(source.get("invariants", ())),
        sealed=bool(source.get("sealed")),
        concealed=bool(source.get("concealed", source.get("sealed"))),
        state=state,
        moment=source.get("moment"),
        present=tuple(source.get("present", ())),
        occupies=Occupancy(occupies["reference"], frozenset(occupies["while"])) if occupies else None,
        state_system=state_element.value_set.system if state_element and state_element.value_set else None,
    )


__all__ = [
    "COMMON_PARAMETERS",
    "Definition",
    "Occupancy",
    "Path",
    "SearchParameter",
    "Table",
    "datatypes",
    "definitions",
]
