"""Creates and updates: one of them or many, all or none, in the transaction that the caller holds."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, text

from latido.crypto import Vault
from latido.fhir.resources import Resource, split_reference
from latido.fhir.server.answers import Fault, Refusal, refuse
from latido.fhir.server.definitions import definitions
from latido.fhir.server.search.page import matching
from latido.fhir.server.search.request import read_parameters, read_search
from latido.fhir.server.seats import SLOT, capacity_faults, slots_left, take_seats, wanted_slots
from latido.fhir.server.steps import Done, Step
from latido.fhir.server.storage import Change, Key, Stored, find_all, save
from latido.fhir.server.validation import faults


def execute(connection: Connection, vault: Vault, steps: Sequence[Step], now: datetime) -> list[Done]:
    """Do all steps or raise Refusal; the caller rolls back on any exception."""
    existing = _find_existing(connection, vault, steps)
    named = [_named(step, existing.get(index)) for index, step in enumerate(steps)]
    pending = {index: step for index, step in enumerate(named) if index not in existing}
    _refuse_doubles(list(pending.values()))
    places = {step.full_url: f"{step.kind}/{step.identity}" for step in named if step.full_url}
    pending = {index: replace(step, resource=_resolved(step, places)) for index, step in pending.items()}
    _refuse_invalid(list(pending.values()))
    current = _locked(connection, vault, list(pending.values()))
    for step in pending.values():
        _check_version(step, current.get(step.key))
    _refuse_dangling(connection, vault, list(pending.values()), current.keys())
    take_seats(connection, list(pending.values()), _slots_as_they_will_be(list(pending.values()), current))
    changes = [Change(step.resource, current.get(step.key)) for step in pending.values()]
    stored = dict(zip(pending, save(connection, vault, changes, now), strict=True))
    return [_done(existing.get(index), stored.get(index)) for index in range(len(steps))]


def _done(existing: Stored | None, stored: Stored | None) -> Done:
    if existing is not None:
        return Done(200, existing)
    if stored is None:
        raise AssertionError("every step is either found or stored")
    return Done(201 if stored.version == 1 else 200, stored)


def _locked(connection: Connection, vault: Vault, steps: Sequence[Step]) -> dict[Key, Stored]:
    """What the steps replace, and the slots they fill or leave, held until the transaction ends.

    Slots come last and in order: which ones an appointment leaves is certain only once its own row is held.
    """
    keys = {step.key for step in steps}
    current = find_all(connection, vault, {key for key in keys if key[0] != SLOT}, lock=True)
    left = slots_left(connection, [identity for kind, identity in current if definitions()[kind].occupies])
    slots = left | {slot for step in steps for slot in wanted_slots(step)}
    slots |= {identity for kind, identity in keys if kind == SLOT}
    return current | find_all(connection, vault, [(SLOT, each) for each in slots], lock=True)


def _slots_as_they_will_be(steps: Sequence[Step], current: Mapping[Key, Stored]) -> dict[str, Resource]:
    """The slots whose seats matter, by id; one that is new and that nobody takes yet is not among them."""
    written = {step.key[1]: step.resource for step in steps if step.kind == SLOT}
    wanted = {slot for step in steps for slot in wanted_slots(step)}
    slots = {identity: each for (kind, identity), each in current.items() if kind == SLOT}
    return {slot: written.get(slot) or slots[slot].resource for slot in wanted | slots.keys()}


def _find_existing(connection: Connection, vault: Vault, steps: Sequence[Step]) -> dict[int, Stored]:
    """What `If-None-Exist` finds, by the step's index. A lock on each condition makes equal creates wait in line."""
    conditions = {index: step for index, step in enumerate(steps) if step.if_none_exist is not None}
    for name in sorted({f"{step.kind}?{step.if_none_exist}" for step in conditions.values()}):
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})
    found = {index: _only_match(connection, vault, step) for index, step in conditions.items()}
    return {index: each for index, each in found.items() if each is not None}


def _only_match(connection: Connection, vault: Vault, step: Step) -> Stored | None:
    place = f"{step.place}.request.ifNoneExist" if step.place else ""
    parameters = read_parameters(step.if_none_exist or "")
    search = read_search(definitions()[step.kind], parameters, strict=True)
    if not search.filters:
        refuse(412, "required", "If-None-Exist needs a condition, such as identifier=system|value", place)
    matches = matching(connection, vault, search, limit=2)
    if len(matches) > 1:
        refuse(412, "multiple-matches", "If-None-Exist matches more than one resource", place)
    return matches[0] if matches else None


def _named(step: Step, existing: Stored | None) -> Step:
    """The step with the id it has or gets; a create's own id is ignored, as the standard says."""
    identity = existing.id if existing else step.identity or str(uuid4())
    return replace(step, identity=identity, resource=step.resource | {"id": identity})


def _refuse_doubles(steps: Sequence[Step]) -> None:
    seen: set[Key] = set()
    for step in steps:
        if step.key in seen:
            refuse(400, "duplicate", "a transaction writes each resource once", step.place)
        seen.add(step.key)


def _resolved(step: Step, places: Mapping[str, str]) -> Resource:
    """The resource with references to other entries' `fullUrl` turned into references to what they become."""
    found: Resource = _rewrite(step.resource, places) if places else step.resource
    return found


def _rewrite(value: Any, places: Mapping[str, str], depth: int = 0) -> Any:
    # The validator refuses what is nested deeper.
    if depth > 80:
        return value
    if isinstance(value, list):
        return [_rewrite(each, places, depth + 1) for each in value]
    if not isinstance(value, dict):
        return value
    found = {name: _rewrite(each, places, depth + 1) for name, each in value.items()}
    literal = found.get("reference")
    return found | {"reference": places[literal]} if isinstance(literal, str) and literal in places else found


def _refuse_invalid(steps: Sequence[Step]) -> None:
    wrong: list[Fault] = []
    for step in steps:
        found = faults(step.resource, definitions()[step.kind])
        if step.kind == SLOT and not found:
            found = list(capacity_faults(step.resource))
        wrong += [fault.under(f"{step.place}.resource") if step.place else fault for fault in found]
    if wrong:
        raise Refusal(422, wrong[:20])


def _check_version(step: Step, current: Stored | None) -> None:
    if step.if_match is None or (current is not None and step.if_match == str(current.version)):
        return
    place = f"{step.place}.request.ifMatch" if step.place else ""
    refuse(412, "conflict", "If-Match is not the current version: read it again", place)


def _refuse_dangling(connection: Connection, vault: Vault, steps: Sequence[Step], locked: Set[Key]) -> None:
    """Refuse references that must point at something here, where there is nothing."""
    wanted = [(path, target) for step in steps for path, target in _needed(step)]
    known = {step.key for step in steps} | locked
    unknown = {target for _, target in wanted} - known
    there = find_all(connection, vault, unknown).keys() | known
    wrong = [Fault(path, "not-found", "points at nothing here") for path, target in wanted if target not in there]
    if wrong:
        raise Refusal(422, wrong[:20])


def _needed(step: Step) -> list[tuple[str, Key]]:
    found = []
    for name in definitions()[step.kind].present:
        value = step.resource.get(name) or []
        for index, each in enumerate(value if isinstance(value, list) else [value]):
            target = split_reference(each.get("reference", ""))
            if target:
                found.append((step.path(f"{name}[{index}].reference"), target))
    return found
