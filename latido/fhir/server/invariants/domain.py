"""Rules of every resource: what it contains, and references into it."""

from collections.abc import Iterator
from typing import Any

from latido.fhir.resources import Resource
from latido.fhir.server.answers import Fault
from latido.fhir.server.invariants.rules import broken, each


def in_domain_resource(resource: Resource, path: str) -> Iterator[Fault]:
    """dom-3, dom-4, dom-5 of the contained resources, and ref-1: `#id` names one of them."""
    pointed = {literal: where for where, literal in _local_references(resource, path)}
    inside = {f"#{one.get('id')}" for one, _ in each(resource, "contained", path)}
    for one, where in each(resource, "contained", path):
        named = f"#{one.get('id')}" in pointed
        outward = any(literal == "#" for _, literal in _local_references(one, where))
        if not (named or outward):
            yield broken(where, "dom-3: nothing here refers to this contained resource")
        meta = one.get("meta") or {}
        if {"versionId", "lastUpdated"} & meta.keys():
            yield broken(f"{where}.meta", "dom-4: a contained resource has no version of its own")
        if "security" in meta:
            yield broken(f"{where}.meta.security", "dom-5: a contained resource has no security label")
    for literal, where in pointed.items():
        if literal != "#" and literal not in inside:
            yield broken(where, "ref-1: there is no such contained resource")


def _local_references(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Every `#…` reference below a value, with its path."""
    if isinstance(value, list):
        for index, one in enumerate(value):
            yield from _local_references(one, f"{path}[{index}]")
    elif isinstance(value, dict):
        literal = value.get("reference")
        if isinstance(literal, str) and literal.startswith("#"):
            yield f"{path}.reference", literal
        for name, one in value.items():
            yield from _local_references(one, f"{path}.{name}")
