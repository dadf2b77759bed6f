"""Conditions: which resource a conditional create, update or patch, or a conditional reference, means."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

from sqlalchemy import Connection, text

from latido.crypto import Vault
from latido.fhir.resources import Resource
from latido.fhir.server.answers import refuse
from latido.fhir.server.definitions import definitions
from latido.fhir.server.search.page import matching
from latido.fhir.server.search.request import read_parameters, read_search
from latido.fhir.server.steps import Step
from latido.fhir.server.storage import Stored

Found = dict[int, Stored]
"""What `If-None-Exist` finds, by the step's index: there is nothing to write then."""

# The validator refuses what is nested deeper.
_DEPTH = 80


def settle(connection: Connection, vault: Vault, steps: Sequence[Step]) -> tuple[list[Step], Found]:
    """Every step with the id it has or gets, and what `If-None-Exist` finds.

    A lock on each condition makes equal ones wait in line, so that the second sees what the first has made.
    """
    for name in sorted({_lock_name(step) for step in steps if _condition(step) is not None}):
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})
    settled = list(steps)
    found: Found = {}
    unmatched: set[str] = set()
    for index, step in enumerate(steps):
        match = _match(connection, vault, step)
        if match is not None and step.if_none_exist is not None:
            found[index] = match
        elif match is None and _condition(step) is not None:
            _refuse_again(step, unmatched)
        settled[index] = _named(step, match)
    return settled, found


def _refuse_again(step: Step, unmatched: set[str]) -> None:
    """Refuse the second entry that would create under one condition."""
    if _lock_name(step) in unmatched:
        refuse(400, "duplicate", "another entry creates under the same condition", step.request_path("ifNoneExist"))
    unmatched.add(_lock_name(step))


def _condition(step: Step) -> str | None:
    return step.if_none_exist if step.if_none_exist is not None else step.condition


def _lock_name(step: Step) -> str:
    return f"{step.kind}?{urlencode(sorted(read_parameters(_condition(step) or '')))}"


def _match(connection: Connection, vault: Vault, step: Step) -> Stored | None:
    condition = _condition(step)
    if condition is None:
        return None
    place = step.request_path("url" if step.if_none_exist is None else "ifNoneExist")
    return only_match(connection, vault, step.kind, condition, place)


def only_match(connection: Connection, vault: Vault, kind: str, condition: str, place: str) -> Stored | None:
    """The one resource that a condition means, None for none; 412 when it means several, or says nothing."""
    search = read_search(definitions()[kind], read_parameters(condition), strict=True)
    if not search.filters:
        refuse(412, "required", "a condition is needed, such as identifier=system|value", place)
    matches = matching(connection, vault, search, limit=2)
    if len(matches) > 1:
        refuse(412, "multiple-matches", "the condition matches more than one resource", place)
    return matches[0] if matches else None


def _named(step: Step, match: Stored | None) -> Step:
    """The step with its id; a create's own id is ignored, as the standard says."""
    if match is not None:
        return _matched(step, match)
    if step.patch is not None:
        if step.identity is None:
            refuse(404, "not-found", f"the condition matches no {step.kind}", step.request_path("url"))
        return step
    own = step.resource.get("id") if step.condition is not None else None
    if own is not None and not isinstance(own, str):
        refuse(400, "value", "must be an id", step.path("id"))
    identity = step.identity or own or str(uuid4())
    # An id that is there, but not matched, would be another resource than the condition means.
    return replace(
        step, identity=identity, resource=step.resource | {"id": identity}, must_be_new=step.condition is not None
    )


def _matched(step: Step, match: Stored) -> Step:
    if step.patch is not None:
        return replace(step, identity=match.id)
    if step.condition is not None and step.resource.get("id", match.id) != match.id:
        refuse(400, "value", "is not the id of the resource that the condition matches", step.path("id"))
    return replace(step, identity=match.id, resource=step.resource | {"id": match.id})


def targets_of(
    connection: Connection, vault: Vault, steps: Sequence[Step], pending: Sequence[Step]
) -> Mapping[str, str]:
    """What the references to other entries, and those by a condition, stand for: `Type/id` by the reference."""
    places = {step.full_url: f"{step.kind}/{step.identity}" for step in steps if step.full_url}
    for step in pending:
        for literal in _conditional_references(step.resource) if step.place else ():
            if literal not in places:
                places[literal] = _meant(connection, vault, literal, steps, step.place)
    return places


def rewritten(step: Step, places: Mapping[str, str]) -> Step:
    """The step with the references that `places` knows turned into what they stand for."""
    return replace(step, resource=_rewrite(step.resource, places)) if places else step


def _rewrite(value: Any, places: Mapping[str, str], depth: int = 0) -> Any:
    if depth > _DEPTH:
        return value
    if isinstance(value, list):
        return [_rewrite(each, places, depth + 1) for each in value]
    if not isinstance(value, dict):
        return value
    found = {name: _rewrite(each, places, depth + 1) for name, each in value.items()}
    literal = found.get("reference")
    return found | {"reference": places[literal]} if isinstance(literal, str) and literal in places else found


def _conditional_references(value: Any, depth: int = 0) -> set[str]:
    """Every `Type?query` that stands where a reference does."""
    if depth > _DEPTH or not isinstance(value, dict | list):
        return set()
    inner = value.values() if isinstance(value, dict) else value
    found = {literal for each in inner for literal in _conditional_references(each, depth + 1)}
    own = value.get("reference") if isinstance(value, dict) else None
    return found | {own} if isinstance(own, str) and own.split("?")[0] in definitions() and "?" in own else found


def _meant(connection: Connection, vault: Vault, literal: str, steps: Sequence[Step], place: str) -> str:
    """The reference that `Type?query` stands for: one that is stored, or one that this transaction creates."""
    kind, _, condition = literal.partition("?")
    stored = only_match(connection, vault, kind, condition, f"{place}.resource")
    made = {step.key for step in steps if step.kind == kind and _has_identifier(step.resource, condition)}
    meant = made | ({(stored.type, stored.id)} if stored else set())
    if len(meant) != 1:
        text_ = "no resource" if not meant else "more than one resource"
        refuse(412, "not-found", f"a conditional reference matches {text_}", f"{place}.resource")
    ((_, identity),) = meant
    return f"{kind}/{identity}"


def _has_identifier(resource: Resource, condition: str) -> bool:
    """Whether a resource that is not stored yet carries the one identifier that a condition asks for."""
    parameters = read_parameters(condition)
    if len(parameters) != 1 or parameters[0][0] != "identifier":
        return False
    system, bar, value = parameters[0][1].partition("|")
    held = resource.get("identifier")
    each = held if isinstance(held, list) else []
    return bool(bar) and any(
        isinstance(one, dict) and (one.get("system"), one.get("value")) == (system, value) for one in each
    )
