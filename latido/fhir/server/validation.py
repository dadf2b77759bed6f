"""Whether a resource is one: elements, how many, types, required codes, reference targets, invariants."""

import re
from collections.abc import Iterator
from typing import Any

from latido.fhir.resources import Resource
from latido.fhir.server.answers import Fault
from latido.fhir.server.definitions import Definition, Table, datatypes, definitions
from latido.fhir.server.definitions.elements import Element, Property, ValueSet
from latido.fhir.server.invariants import INVARIANTS, OF_TYPES, in_domain_resource
from latido.fhir.server.primitives import PRIMITIVES

MAX_DEPTH = 30

_NAME = re.compile(r"_?[A-Za-z][A-Za-z0-9]{0,63}")
_REFERENCE = re.compile(
    r"#[A-Za-z0-9\-.]{1,64}|(?:https?://\S+/)?([A-Z][A-Za-z]+)/[A-Za-z0-9\-.]{1,64}(?:/_history/[A-Za-z0-9\-.]{1,64})?"
)


def faults(resource: Resource, definition: Definition) -> list[Fault]:
    """Everything wrong with a resource of this type, each with its path and no value; empty when it is valid."""
    structure = list(_in_object(resource, definition.table, definition.name, 0))
    return structure or list(_broken_invariants(resource, definition))


def _broken_invariants(resource: Resource, definition: Definition) -> Iterator[Fault]:
    yield from _broken_by_name(resource, definition, definition.name)
    yield from in_domain_resource(resource, definition.name)
    for index, each in enumerate(resource.get("contained", [])):
        yield from _broken_by_name(each, definitions()[each["resourceType"]], f"{definition.name}.contained[{index}]")


def _broken_by_name(resource: Resource, definition: Definition, path: str) -> Iterator[Fault]:
    for name in definition.invariants:
        yield from INVARIANTS[name](resource, path)


def _in_object(value: Any, table: Table, path: str, depth: int) -> Iterator[Fault]:
    if depth > MAX_DEPTH:
        yield Fault(path, "structure", f"nested deeper than {MAX_DEPTH} levels")
    elif not isinstance(value, dict) or not value:
        yield Fault(path, "structure", "must be a JSON object with something in it")
    else:
        for name in value:
            yield from _in_property(value, name, table, path, depth)
        yield from _wrong_counts(value, table, path)


def _in_property(owner: Resource, name: str, table: Table, path: str, depth: int) -> Iterator[Fault]:
    if name == "resourceType" and depth == 0:
        return
    prop = table.properties.get(name.removeprefix("_"))
    if prop is None or (name.startswith("_") and prop.type.name not in PRIMITIVES):
        # A name of the sender's own making might hold anything: it is shown only when it looks like a name.
        shown = name if _NAME.fullmatch(name) else "?"
        yield Fault(f"{path}.{shown}", "structure", "no such element in FHIR R4")
    elif name.startswith("_"):
        yield from _in_primitive_extensions(owner[name], prop, f"{path}.{name[1:]}", depth)
    else:
        yield from _in_values(owner, name, prop, f"{path}.{name}", depth)


def _in_values(owner: Resource, name: str, prop: Property, path: str, depth: int) -> Iterator[Fault]:
    value = owner[name]
    if not prop.element.repeats:
        yield from _in_value(value, prop, path, depth)
    elif not isinstance(value, list) or not value:
        yield Fault(path, "structure", "must be a JSON list with something in it")
    else:
        beside = owner.get(f"_{name}")
        extended = beside if isinstance(beside, list) else []
        for index, each in enumerate(value):
            if each is None and index < len(extended) and extended[index]:
                continue
            yield from _in_value(each, prop, f"{path}[{index}]", depth)


def _in_value(value: Any, prop: Property, path: str, depth: int) -> Iterator[Fault]:
    kind = prop.type.name
    if kind in PRIMITIVES:
        yield from _in_primitive(value, prop.element, kind, path)
    elif kind == "Resource":
        yield from _in_contained(value, path, depth)
    else:
        table = prop.element.table or datatypes()[kind]
        structure = list(_in_object(value, table, path, depth + 1))
        yield from structure
        if not structure:
            yield from _special(value, kind, prop, path)


def _in_primitive(value: Any, element: Element, kind: str, path: str) -> Iterator[Fault]:
    if not PRIMITIVES[kind](value):
        yield Fault(path, "value", f"is not a valid {kind}")
    elif element.value_set and value not in element.value_set.codes:
        yield Fault(path, "code-invalid", f"must be one of {', '.join(element.value_set.codes)}")


def _in_primitive_extensions(value: Any, prop: Property, path: str, depth: int) -> Iterator[Fault]:
    table = Table((), {name: datatypes()["Coding"].properties[name] for name in ("id", "extension")})
    each = value if prop.element.repeats and isinstance(value, list) else [value]
    for one in each:
        if one is not None or not prop.element.repeats:
            yield from _in_object(one, table, path, depth + 1)


def _in_contained(value: Any, path: str, depth: int) -> Iterator[Fault]:
    kind = value.get("resourceType") if isinstance(value, dict) else None
    definition = definitions().get(kind) if isinstance(kind, str) else None
    if definition is None:
        yield Fault(path, "not-supported", "is not a resource type of this server")
    elif "contained" in value:
        yield Fault(f"{path}.contained", "invariant", "dom-2: a contained resource contains no other")
    else:
        content = {name: each for name, each in value.items() if name != "resourceType"}
        yield from _in_object(content, definition.table, path, depth + 1)


def _special(value: Resource, kind: str, prop: Property, path: str) -> Iterator[Fault]:
    """What the type itself asks for, in a value whose structure is right."""
    if kind == "Reference":
        yield from _wrong_target(value, prop.type.targets, path)
    elif kind == "CodeableConcept" and prop.element.value_set:
        yield from _wrong_code(value, prop.element.value_set, path)
    for rule in OF_TYPES.get(kind, ()):
        yield from rule(value, path)


def _wrong_code(concept: Resource, value_set: ValueSet, path: str) -> Iterator[Fault]:
    codings = concept.get("coding", [])
    if not any(each.get("system") == value_set.system and each.get("code") in value_set.codes for each in codings):
        yield Fault(path, "code-invalid", f"must be coded as one of {', '.join(value_set.codes)} of {value_set.system}")


def _wrong_target(value: Resource, targets: tuple[str, ...], path: str) -> Iterator[Fault]:
    literal = value.get("reference")
    found = _REFERENCE.fullmatch(literal) if isinstance(literal, str) else None
    if literal is not None and found is None:
        yield Fault(f"{path}.reference", "value", "must be Type/id, a URL that ends so, or #contained")
        return
    kinds = [found[1] if found else None, value.get("type")]
    if targets and any(isinstance(kind, str) and kind not in targets for kind in kinds):
        yield Fault(f"{path}.reference", "value", f"must point at {' or '.join(targets)}")
    if not {"reference", "identifier", "display", "extension"} & value.keys():
        yield Fault(path, "structure", "a reference needs reference, identifier or display")


def _wrong_counts(value: Resource, table: Table, path: str) -> Iterator[Fault]:
    for element in table.elements:
        count = _count(value, element)
        name = f"{path}.{element.name.removesuffix('[x]')}"
        if count < element.minimum:
            yield Fault(name, "required", "is required")
        elif element.maximum is not None and count > element.maximum:
            yield Fault(name, "structure", f"may be given {element.maximum} time(s) at most")


def _count(value: Resource, element: Element) -> int:
    if not element.is_choice:
        found = value.get(element.name, value.get(f"_{element.name}"))
        return len(found) if isinstance(found, list) else int(found is not None)
    stem = element.name.removesuffix("[x]")
    names = {stem + choice.name[0].upper() + choice.name[1:] for choice in element.types}
    return sum(1 for name in names if name in value or f"_{name}" in value)
