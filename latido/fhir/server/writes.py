"""Creates, updates and patches: one of them or many, all or none, in the transaction that the caller holds."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from latido.crypto import Vault
from latido.fhir.resources import Resource, split_reference
from latido.fhir.server.answers import Fault, Refusal, refuse
from latido.fhir.server.conditional import rewritten, settle, targets_of
from latido.fhir.server.definitions import definitions
from latido.fhir.server.patch import patched
from latido.fhir.server.seats import SLOT, capacity_faults, slots_left, take_seats, wanted_slots
from latido.fhir.server.steps import Done, Step
from latido.fhir.server.storage import Change, Key, Stored, find_all, save
from latido.fhir.server.validation import faults

Current = Mapping[Key, Stored]
"""What is there now, locked until the transaction ends."""


def execute(connection: Connection, vault: Vault, steps: Sequence[Step], now: datetime) -> list[Done]:
    """Do all steps or raise Refusal; the caller rolls back on any exception."""
    steps, found = settle(connection, vault, steps)
    pending = [step for index, step in enumerate(steps) if index not in found]
    _refuse_doubles(pending)
    targets = targets_of(connection, vault, steps, pending)
    pending = [rewritten(step, targets) for step in pending]
    _refuse_invalid([step for step in pending if step.patch is None])
    pending, current = _held(connection, vault, pending, targets)
    _refuse_dangling(connection, vault, pending, current.keys())
    take_seats(connection, pending, _slots_as_they_will_be(pending, current))
    stored = iter(save(connection, vault, [Change(step.resource, current.get(step.key)) for step in pending], now))
    return [_done(found[index] if index in found else next(stored), index in found) for index in range(len(steps))]


def _done(stored: Stored, found: bool) -> Done:
    return Done(201 if stored.version == 1 and not found else 200, stored)


def _refuse_doubles(steps: Sequence[Step]) -> None:
    seen: set[Key] = set()
    for step in steps:
        if step.key in seen:
            refuse(400, "duplicate", "a transaction writes each resource once", step.place)
        seen.add(step.key)


def _refuse_invalid(steps: Sequence[Step]) -> None:
    wrong: list[Fault] = []
    for step in steps:
        found = faults(step.resource, definitions()[step.kind])
        if step.kind == SLOT and not found:
            found = list(capacity_faults(step.resource))
        wrong += [fault.under(f"{step.place}.resource") if step.place else fault for fault in found]
    if wrong:
        raise Refusal(422, wrong[:20])


def _held(
    connection: Connection, vault: Vault, steps: Sequence[Step], targets: Mapping[str, str]
) -> tuple[list[Step], Current]:
    """The steps with their patches applied; what they replace and the slots they fill or leave, held until the end.

    Slots come last and in order: which ones an appointment fills or leaves is certain only once its own row is held.
    """
    keys = {step.key for step in steps}
    current = find_all(connection, vault, {key for key in keys if key[0] != SLOT}, lock=True)
    others = {step.key: _ready(step, current, targets) for step in steps if step.kind != SLOT}
    left = slots_left(connection, [identity for kind, identity in current if definitions()[kind].occupies])
    slots = left | {slot for step in others.values() for slot in wanted_slots(step)}
    slots |= {identity for kind, identity in keys if kind == SLOT}
    current |= find_all(connection, vault, [(SLOT, each) for each in slots], lock=True)
    return [others.get(step.key) or _ready(step, current, targets) for step in steps], current


def _ready(step: Step, current: Current, targets: Mapping[str, str]) -> Step:
    """The step as it can be stored; refuses it when what is there is not what the caller says."""
    there = current.get(step.key)
    if step.patch is not None and there is None:
        refuse(404, "not-found", f"there is no such {step.kind}", step.request_path("url"))
    if step.if_match is not None and (there is None or step.if_match != str(there.version)):
        refuse(412, "conflict", "If-Match is not the current version: read it again", step.request_path("ifMatch"))
    if step.must_be_new and there is not None:
        refuse(409, "conflict", "the id is that of a resource which the condition does not match", step.path("id"))
    if step.patch is None or there is None:
        return step
    found = rewritten(replace(step, resource=patched(there.resource, step.patch, step.place)), targets)
    _refuse_invalid([found])
    return found


def _slots_as_they_will_be(steps: Sequence[Step], current: Current) -> dict[str, Resource]:
    """The slots whose seats matter, by id; one that is new and that nobody takes yet is not among them."""
    written = {step.key[1]: step.resource for step in steps if step.kind == SLOT}
    wanted = {slot for step in steps for slot in wanted_slots(step)}
    slots = {identity: each for (kind, identity), each in current.items() if kind == SLOT}
    return {slot: written.get(slot) or slots[slot].resource for slot in wanted | slots.keys()}


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
