"""What the rules are made of."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from latido.fhir.resources import Resource
from latido.fhir.server.answers import Fault
from latido.fhir.server.instants import interval_of

Invariant = Callable[[Resource, str], Iterator[Fault]]
"""From a resource, or an element of it, and its path to what is wrong with it."""


def broken(path: str, text: str) -> Fault:
    """The fault of a broken rule."""
    return Fault(path, "invariant", text)


def each(owner: Mapping[str, Any], name: str, path: str) -> Iterator[tuple[Resource, str]]:
    """The objects of a list, each with its path."""
    for index, one in enumerate(owner.get(name) or []):
        if isinstance(one, dict):
            yield one, f"{path}.{name}[{index}]"


def has(owner: Mapping[str, Any], *names: str) -> bool:
    """Whether any of the elements is there; a choice goes by its stem, `value[x]`."""
    return any(_has_choice(owner, name[:-3]) if name.endswith("[x]") else name in owner for name in names)


def _has_choice(owner: Mapping[str, Any], stem: str) -> bool:
    return any(name.startswith(stem) and name[len(stem) : len(stem) + 1].isupper() for name in owner)


def needs_one_of(list_name: str, key: str, *names: str) -> Invariant:
    """The rule that every object of a list has one of these elements at least."""

    def rule(resource: Resource, path: str) -> Iterator[Fault]:
        for one, where in each(resource, list_name, path):
            if not has(one, *names):
                yield broken(where, f"{key}: needs {' or '.join(names)}")

    return rule


def coded(concept: Any, system: str, *codes: str) -> bool:
    """Whether a CodeableConcept has one of these codes of this system."""
    codings = concept.get("coding", []) if isinstance(concept, dict) else []
    return any(one.get("system") == system and one.get("code") in codes for one in codings if isinstance(one, dict))


def starts_before_end(start: str, end: str) -> Invariant:
    """The rule that what one element dates is not after what the other does; equal at their precision is well."""

    def rule(owner: Resource, path: str) -> Iterator[Fault]:
        first, last = (interval_of(str(owner.get(name, ""))) for name in (start, end))
        if first and last and first.low >= last.high:
            yield broken(path, f"{start} must not be after {end}")

    return rule
