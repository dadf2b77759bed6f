"""Elements of resources and data types: name, how many, which types, which codes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_SHAPE = re.compile(r"(\d)\.\.(\d+|\*) (\S+)(?: @(\S+))?$")
_TYPE = re.compile(r"(\w+)(?:\(([\w,]+)\))?$")

_EVERYWHERE = {"id": "0..1 string", "extension": "0..* Extension"}
_BACKBONE = {"modifierExtension": "0..* Extension"}
_RESOURCE = {
    "id": "0..1 id",
    "meta": "0..1 Meta",
    "implicitRules": "0..1 uri",
    "language": "0..1 code",
    "text": "0..1 Narrative",
    "contained": "0..* Resource",
    "modifierExtension": "0..* Extension",
}


@dataclass(frozen=True)
class ValueSet:
    """The codes of a required binding and their system, where searches may name it."""

    codes: tuple[str, ...]
    system: str | None = None


@dataclass(frozen=True)
class TypeChoice:
    """One type an element may have; `targets` are the types a Reference may point at (empty: any)."""

    name: str
    targets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Element:
    """One element; `maximum` None means any number; a backbone element has a `table` of its own."""

    name: str
    minimum: int
    maximum: int | None
    types: tuple[TypeChoice, ...]
    value_set: ValueSet | None = None
    table: "Table | None" = None

    @property
    def repeats(self) -> bool:
        """Whether JSON writes it as a list."""
        return self.maximum != 1

    @property
    def is_choice(self) -> bool:
        """Whether the JSON name ends with the type, as `deceasedBoolean` does."""
        return self.name.endswith("[x]")


@dataclass(frozen=True)
class Property:
    """A JSON property: the element behind it, and the type it has under this name."""

    element: Element
    type: TypeChoice


@dataclass(frozen=True)
class Table:
    """The elements of a resource, a data type or a backbone element, and their JSON properties."""

    elements: tuple[Element, ...]
    properties: Mapping[str, Property]


def read_value_sets(source: Mapping[str, Any]) -> Mapping[str, ValueSet]:
    """The value sets of the file, by name."""
    return {name: ValueSet(tuple(each["codes"]), each.get("system")) for name, each in source.items()}


def resource_elements(own: Mapping[str, Any]) -> dict[str, Any]:
    """A resource's own elements with those that every resource has."""
    return _RESOURCE | dict(own)


def parse_table(source: Mapping[str, Any], value_sets: Mapping[str, ValueSet], backbone: bool) -> Table:
    """The table that the YAML describes, with `id` and `extension`, and `modifierExtension` in a backbone element."""
    own = _EVERYWHERE | (_BACKBONE if backbone else {}) | dict(source)
    elements = tuple(_element(name, shape, value_sets) for name, shape in own.items())
    return Table(elements, {name: prop for element in elements for name, prop in _properties(element).items()})


def _element(name: str, shape: Any, value_sets: Mapping[str, ValueSet]) -> Element:
    if isinstance(shape, dict):
        ((head, children),) = shape.items()
        return _element_with_a_table(name, head, children, value_sets)
    found = _SHAPE.match(shape)
    if found is None:
        raise ValueError(f"element {name}: cannot read {shape!r}")
    types = tuple(_type_choice(each) for each in found[3].split("|"))
    value_set = value_sets[found[4]] if found[4] else None
    return Element(name, int(found[1]), _maximum(found[2]), types, value_set)


def _element_with_a_table(
    name: str, head: str, children: Mapping[str, Any], value_sets: Mapping[str, ValueSet]
) -> Element:
    """From `min..max`, or `min..max Element` inside a data type, which has no `modifierExtension`."""
    cardinality, _, kind = head.partition(" ")
    low, high = cardinality.split("..")
    table = parse_table(children, value_sets, backbone=not kind)
    return Element(name, int(low), _maximum(high), (TypeChoice(kind or "BackboneElement"),), None, table)


def _maximum(text: str) -> int | None:
    return None if text == "*" else int(text)


def _type_choice(text: str) -> TypeChoice:
    found = _TYPE.match(text)
    if found is None:
        raise ValueError(f"cannot read the type {text!r}")
    return TypeChoice(found[1], tuple(found[2].split(",")) if found[2] else ())


def _properties(element: Element) -> dict[str, Property]:
    if not element.is_choice:
        return {element.name: Property(element, element.types[0])}
    stem = element.name.removesuffix("[x]")
    return {stem + choice.name[0].upper() + choice.name[1:]: Property(element, choice) for choice in element.types}
