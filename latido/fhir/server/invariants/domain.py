"""Rules of every resource: what it contains, and references into it."""

from collections.abc import Iterator
from typing import Any

from latido.fhir.resources import Resource
from latido.fhir.server.answers import Fault
from latido.fhir.server.invariants.rules import broken, each


def in_domain_resource(resource: Resource, path: str) -> Iterator[Fault]:
    """dom-3, dom-4, dom-5 of the contained resources, and ref-1: `#id` names one of them."""
    pointed = dict(_fragments(resource, path))
    inside = {f"#{one.get('id')}" for one, _ in each(resource, "contained", path)}
    for one, where in each(resource, "contained", path):
        outward = any(literal == "#" for _, literal in _fragments(one, where))
        if f"#{one.get('id')}" not in pointed.values() and not outward:
            yield broken(where, "dom-3: nothing here refers to this contained resource")
        meta = one.get("meta") or {}
        if {"versionId", "lastUpdated"} & meta.keys():
            yield broken(f"{where}.meta", "dom-4: a contained resource has no version of its own")
        if "security" in meta:
            yield broken(f"{where}.meta.security", "dom-5: a contained resource has no security label")
    for where, literal in pointed.items():
        if where.endswith(".reference") and literal not in inside and literal != "#":
            yield broken(where, "ref-1: there is no such contained resource")


def _fragments(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Every text below a value that begins with `#`, as references and canonicals into the resource do, by its path."""
    if isinstance(value, str) and value.startswith("#"):
        yield path, value
    elif isinstance(value, list):
        for index, one in enumerate(value):
            yield from _fragments(one, f"{path}[{index}]")
    elif isinstance(value, dict):
        for name, one in value.items():
            yield from _fragments(one, f"{path}.{name}")
