"""Who sits where: nobody is moved, nobody shares a seat, and somebody is refused only when every seat is taken."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from latido.fhir.server.answers import Refusal
from latido.fhir.server.seats import CAPACITY, capacity, capacity_faults, seat
from latido.fhir.server.steps import Step

SLOTS = ("a", "b")


def room(seats: int) -> dict[str, object]:
    return {"resourceType": "Slot", "extension": [{"url": CAPACITY, "valuePositiveInt": seats}]}


def step(identity: str, status: str, slots: list[str]) -> Step:
    resource = {
        "resourceType": "Appointment",
        "status": status,
        "slot": [{"reference": f"Slot/{each}"} for each in slots],
    }
    return Step("Appointment", resource, identity)


writes = st.builds(
    step,
    st.sampled_from([f"p{number}" for number in range(6)]),
    st.sampled_from(["booked", "pending", "cancelled"]),
    st.lists(st.sampled_from(SLOTS), max_size=2),
)
transactions = st.lists(st.lists(writes, max_size=3, unique_by=lambda each: each.identity), max_size=15)


@settings(deadline=None)
@given(transactions, st.integers(1, 3), st.integers(1, 3))
def test_any_sequence_of_transactions(done: list[list[Step]], first: int, second: int):
    slots = {"a": room(first), "b": room(second)}
    held: dict[tuple[str, str], int] = {}
    for steps in done:
        try:
            seating = seat(steps, held, slots)
        except Refusal as refusal:
            assert refusal.status == 409
            assert any(len(after) > capacity(slots[slot]) for slot, after in wanted(steps, held).items())
            continue
        written = {each.key[1] for each in steps}
        now = {place: number for place, number in held.items() if place[0] not in written} | dict(seating.seats)
        assert {slot: {place[0] for place in now if place[1] == slot} for slot in SLOTS} == wanted(steps, held)
        assert all(now[place] == held[place] for place in now.keys() & held.keys())
        for slot in SLOTS:
            taken = [number for place, number in now.items() if place[1] == slot]
            assert sorted(taken) == sorted(seating.taken[slot])
            assert set(taken) <= set(range(capacity(slots[slot])))
        held = now


def wanted(steps: list[Step], held: dict[tuple[str, str], int]) -> dict[str, set[str]]:
    """Who would sit in each slot if there were seats without end."""
    written = {each.key[1]: each.resource for each in steps}
    found = {slot: {who for who, where in held if where == slot and who not in written} for slot in SLOTS}
    for who, resource in written.items():
        for each in resource["slot"] if resource["status"] != "cancelled" else []:
            found[each["reference"].split("/")[1]].add(who)
    return found


def test_one_seat_unless_it_says_otherwise():
    assert capacity({"resourceType": "Slot", "extension": [{"url": "urn:x", "valuePositiveInt": 9}]}) == 1
    assert capacity(room(4)) == 4
    assert list(capacity_faults(room(4))) == []


@pytest.mark.parametrize("seats", [0, 1001])
def test_a_capacity_has_its_bounds(seats: int):
    assert [fault.path for fault in capacity_faults(room(seats))] == ["Slot.extension[0]"]
