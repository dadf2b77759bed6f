"""Seats: a Slot holds as many live appointments as its capacity says, each in a seat of its own.

Whoever fills, leaves or changes a slot holds the lock of the Slot's row first, so that seats are counted while nobody
else moves. The unique index on (slot, seat) of the live ones stands behind it, also against a statement of hand.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from latido.fhir.resources import Resource, split_reference
from latido.fhir.server import tables
from latido.fhir.server.answers import Fault, refuse
from latido.fhir.server.definitions import definitions
from latido.fhir.server.steps import Step

CAPACITY = "urn:latido:capacity"
SLOT = "Slot"

_TAKEN = "the slot is taken by another live appointment: search again and offer others"
_NOT_FREE = "every seat of the slot is taken by a live appointment: it cannot be free"
_TOO_SMALL = "more live appointments hold the slot than it would have seats: end some first"
_MAX_CAPACITY = 1000

_Place = tuple[str, str]
"""Appointment id and slot id."""


@dataclass(frozen=True)
class Seating:
    """Who sits where once all writes are done: seats by appointment and slot, and the seats taken of each slot."""

    seats: Mapping[_Place, int]
    taken: Mapping[str, set[int]]


def capacity(slot: Resource) -> int:
    """How many live appointments a valid Slot may hold: what its extension says, 1 without it."""
    said = [each.get("valuePositiveInt") for each in slot.get("extension", []) if each.get("url") == CAPACITY]
    return int(said[0]) if said else 1


def capacity_faults(slot: Resource) -> Iterator[Fault]:
    """What is wrong with the capacity of a Slot that is valid otherwise."""
    said = [(n, each) for n, each in enumerate(slot.get("extension", [])) if each.get("url") == CAPACITY]
    for number, each in said:
        if not 1 <= each.get("valuePositiveInt", 0) <= _MAX_CAPACITY:
            text = f"a capacity is a valuePositiveInt from 1 to {_MAX_CAPACITY}"
            yield Fault(f"{SLOT}.extension[{number}]", "value", text)
    if len(said) > 1:
        yield Fault(f"{SLOT}.extension", "value", "has one capacity at most")


def wanted_slots(step: Step) -> list[str]:
    """The slots that a resource refers to as its own, live or not, each once."""
    occupies = definitions()[step.kind].occupies
    if occupies is None:
        return []
    targets = (split_reference(each.get("reference", "")) for each in step.resource.get(occupies.reference, []))
    return list(dict.fromkeys(target[1] for target in targets if target))


def slots_left(connection: Connection, holders: Iterable[str]) -> set[str]:
    """The slots that these appointments hold until now. Their rows must be locked."""
    held = tables.slot_occupancy.c
    ids = list(holders)
    return set(connection.scalars(select(held.slot_id).where(held.appointment_id.in_(ids)))) if ids else set()


def take_seats(connection: Connection, steps: Sequence[Step], slots: Mapping[str, Resource]) -> None:
    """Seat the live appointments among the steps and free the seats of the others; 409 when a slot is full.

    `slots` are all those concerned, as they will be; the rows of those that exist must be locked.
    """
    holders = [step for step in steps if definitions()[step.kind].occupies]
    changed = [step for step in steps if step.kind == SLOT and step.identity in slots]
    if not holders and not changed:
        return
    seating = seat(holders, _live_seats(connection, slots), slots)
    for step in changed:
        _refuse_overfull(step, len(seating.taken[step.key[1]]))
    _replace(connection, holders, seating)


def seat(holders: Sequence[Step], held: Mapping[_Place, int], slots: Mapping[str, Resource]) -> Seating:
    """Who sits where: the held seat for those who stay, else the lowest free one; 409 when there is none."""
    written = {step.key[1] for step in holders}
    wanted = [(step, slot) for step in holders if _is_live(step) for slot in wanted_slots(step)]
    staying = {(step.key[1], slot) for step, slot in wanted}
    kept = {place: number for place, number in held.items() if place[0] not in written or place in staying}
    taken: dict[str, set[int]] = {slot: set() for slot in slots}
    for (_, slot), number in kept.items():
        taken[slot].add(number)
    for step, slot in wanted:
        if (step.key[1], slot) not in kept:
            kept[step.key[1], slot] = _next_seat(step, taken[slot], capacity(slots[slot]))
            taken[slot].add(kept[step.key[1], slot])
    return Seating({place: number for place, number in kept.items() if place in staying}, taken)


def _next_seat(step: Step, taken: set[int], room: int) -> int:
    # Counting comes first: a seat above a capacity that was lowered later counts as well.
    if len(taken) >= room:
        refuse(409, "conflict", _TAKEN, step.path("slot"))
    return min(set(range(room)) - taken)


def _refuse_overfull(step: Step, taken: int) -> None:
    room = capacity(step.resource)
    if taken > room:
        refuse(409, "conflict", _TOO_SMALL, step.path("extension"))
    if taken == room and step.resource["status"] == "free":
        refuse(409, "conflict", _NOT_FREE, step.path("status"))


def _is_live(step: Step) -> bool:
    occupies = definitions()[step.kind].occupies
    return occupies is not None and step.resource.get("status") in occupies.while_states


def _live_seats(connection: Connection, slots: Iterable[str]) -> dict[_Place, int]:
    held = tables.slot_occupancy.c
    query = select(held.appointment_id, held.slot_id, held.seat).where(held.slot_id.in_(list(slots)), held.live)
    return {(row.appointment_id, row.slot_id): row.seat for row in connection.execute(query)}


def _replace(connection: Connection, holders: Sequence[Step], seating: Seating) -> None:
    rows = [row for step in holders for row in _rows(step, seating)]
    if holders:
        ids = [step.key[1] for step in holders]
        connection.execute(delete(tables.slot_occupancy).where(tables.slot_occupancy.c.appointment_id.in_(ids)))
    if rows:
        connection.execute(insert(tables.slot_occupancy), sorted(rows, key=lambda row: str(row["slot_id"])))


def _rows(step: Step, seating: Seating) -> Iterator[dict[str, Any]]:
    live = _is_live(step)
    for slot in wanted_slots(step):
        number = seating.seats[step.key[1], slot] if live else 0
        yield {"appointment_id": step.key[1], "slot_id": slot, "seat": number, "live": live}
