"""A slot with several seats holds that many live appointments, never one more."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from random import Random
from typing import Any

import pytest
from sqlalchemy import Engine, select

from latido.fhir.bundles import create_entry, update_entry
from latido.fhir.client import FhirClient
from latido.fhir.errors import Conflict, Refused
from latido.fhir.server import FhirServer
from latido.fhir.server.seats import CAPACITY
from latido.fhir.server.tables import slot_occupancy

from .conftest import appointment, slot
from .test_interactions import call


def room(identity: str, seats: int, status: str = "free") -> dict[str, Any]:
    return slot(identity, status=status) | {"extension": [{"url": CAPACITY, "valuePositiveInt": seats}]}


def seats_of(engine: Engine, slot_id: str) -> dict[str, int]:
    """The seat of each live appointment of a slot."""
    held = slot_occupancy.c
    query = select(held.appointment_id, held.seat).where(held.slot_id == slot_id, held.live)
    with engine.connect() as connection:
        return {row.appointment_id: row.seat for row in connection.execute(query)}


@pytest.fixture
def three(agenda: FhirClient) -> FhirClient:
    """The agenda with a slot `r` of three seats."""
    agenda.update(room("r", 3))
    return agenda


def book(client: FhirClient, key: str, slot_id: str = "r", **other: Any) -> dict[str, Any]:
    return client.create(appointment(slot_id, key=key) | other)


def test_as_many_as_the_capacity_and_no_more(three: FhirClient, engine: Engine):
    made = [book(three, key)["id"] for key in "abc"]
    with pytest.raises(Conflict) as caught:
        book(three, "d")
    assert (caught.value.status, caught.value.places) == (409, ["Appointment.slot"])
    assert seats_of(engine, "r") == {made[0]: 0, made[1]: 1, made[2]: 2}


def test_two_hundred_race_for_three_seats(three: FhirClient, server: FhirServer, engine: Engine):
    def attempt(number: int) -> int:
        return call(server, "POST", "/Appointment", appointment("r", key=f"SM{number}"))[0].status

    with ThreadPoolExecutor(200) as pool:
        results = Counter(pool.map(attempt, range(200)))
    assert results == {201: 3, 409: 197}
    assert sorted(seats_of(engine, "r").values()) == [0, 1, 2]


def test_a_freed_seat_is_given_again_and_the_others_stay(three: FhirClient, engine: Engine):
    first, second, third = (book(three, key) for key in "abc")
    three.update(first | {"status": "cancelled"})
    arrived = three.update(second | {"status": "arrived"})
    fourth = book(three, "d")
    assert seats_of(engine, "r") == {fourth["id"]: 0, arrived["id"]: 1, third["id"]: 2}


def test_whoever_comes_back_to_life_needs_a_seat(three: FhirClient):
    cancelled = three.update(book(three, "a") | {"status": "cancelled"})
    for key in "bcd":
        book(three, key)
    with pytest.raises(Conflict):
        three.update(cancelled | {"status": "booked"})


def test_a_slot_with_every_seat_taken_cannot_be_free(three: FhirClient):
    for key in "abc":
        three.update(room("r", 3))
        book(three, key)
    with pytest.raises(Conflict) as caught:
        three.update(room("r", 3))
    assert (caught.value.status, caught.value.places) == (409, ["Slot.status"])
    three.update(room("r", 3, status="busy"))
    three.update(room("r", 4))


def test_a_taken_slot_is_the_centres_to_block(agenda: FhirClient):
    book(agenda, "a", "s1")
    for status in ("busy", "busy-unavailable", "busy-tentative", "entered-in-error"):
        agenda.update(slot("s1", status=status))
    agenda.update(slot("s2", status="busy-unavailable"))
    agenda.update(slot("s2", status="free"))


def test_capacity_does_not_fall_below_what_is_taken(three: FhirClient, engine: Engine):
    first, second, third = (book(three, key) for key in "abc")
    with pytest.raises(Conflict) as caught:
        three.update(room("r", 2, status="busy"))
    assert caught.value.places == ["Slot.extension"]
    three.update(first | {"status": "cancelled"})
    three.update(room("r", 2, status="busy"))
    assert seats_of(engine, "r") == {second["id"]: 1, third["id"]: 2}
    with pytest.raises(Conflict):
        book(three, "d")


@pytest.mark.parametrize(
    ("extension", "place"),
    [
        ([{"url": CAPACITY, "valueString": "3"}], "Slot.extension[0]"),
        ([{"url": CAPACITY, "valuePositiveInt": 100_000}], "Slot.extension[0]"),
        ([{"url": CAPACITY, "valuePositiveInt": 0}], "Slot.extension[0].valuePositiveInt"),
        ([{"url": CAPACITY, "valuePositiveInt": n} for n in (2, 3)], "Slot.extension"),
    ],
)
def test_a_capacity_that_is_none(agenda: FhirClient, extension: list[dict[str, Any]], place: str):
    with pytest.raises(Refused) as caught:
        agenda.update(slot("r") | {"extension": extension})
    assert (caught.value.status, caught.value.places) == (422, [place])


@pytest.mark.parametrize("turned", [False, True])
def test_effects_of_one_transaction_count_together(agenda: FhirClient, engine: Engine, turned: bool):
    """Cancel and free; book and take; move from one to the other: the order of the entries says nothing."""

    def transact(*entries: Any) -> None:
        agenda.transaction(list(reversed(entries)) if turned else list(entries))

    transact(create_entry(appointment("s1", key="a") | {"id": "x"}), update_entry(slot("s1", status="busy")))
    (made,) = agenda.search("Appointment", []).matches
    moved = made | {"slot": [{"reference": "Slot/s2"}]}
    transact(update_entry(moved), update_entry(slot("s1")), update_entry(slot("s2", status="busy")))
    assert (seats_of(engine, "s1"), seats_of(engine, "s2")) == ({}, {made["id"]: 0})
    transact(
        update_entry(moved | {"status": "cancelled"}),
        update_entry(slot("s2", status="busy")),
        create_entry(appointment("s2", key="b")),
    )
    assert made["id"] not in seats_of(engine, "s2")
    (holder,) = agenda.search("Appointment", [("status", "booked")]).matches
    transact(update_entry(holder | {"status": "cancelled"}), update_entry(slot("s2")))
    assert seats_of(engine, "s2") == {}


def test_a_refused_transaction_tells_which_entry_and_leaves_nothing(agenda: FhirClient, engine: Engine):
    book(agenda, "a", "s1")
    entries = [create_entry(appointment("s2", key="b")), create_entry(appointment("s1", key="c"))]
    with pytest.raises(Conflict) as caught:
        agenda.transaction(entries)
    assert caught.value.places == ["Bundle.entry[1].resource.Appointment.slot"]
    assert seats_of(engine, "s2") == {}


def test_one_transaction_cannot_take_one_seat_twice(agenda: FhirClient):
    with pytest.raises(Conflict):
        agenda.transaction([create_entry(appointment("s1", key=key)) for key in "ab"])


def test_a_slot_and_its_appointment_may_be_new_together(agenda: FhirClient, engine: Engine):
    agenda.transaction(
        [create_entry(appointment("n", key=key)) for key in "ab"] + [update_entry(room("n", 2, status="busy"))]
    )
    assert sorted(seats_of(engine, "n").values()) == [0, 1]
    with pytest.raises(Conflict):
        agenda.transaction([create_entry(appointment("m", key="c")), update_entry(slot("m"))])


def test_writers_of_all_kinds_at_once_neither_overfill_nor_block_each_other(three: FhirClient, engine: Engine):
    """Bookings, cancellations, moves and changed capacities in parallel, over slots that they share."""
    slots = {"r": 3, "s1": 1, "s2": 1, "s3": 1}

    def writer(seed: int) -> Counter[str]:
        random = Random(seed)
        seen: Counter[str] = Counter()
        mine: list[dict[str, Any]] = []
        for turn in range(12):
            try:
                mine = _act(three, random, mine, f"{seed}-{turn}", slots)
                seen["done"] += 1
            except Conflict as conflict:
                seen[str(conflict.status)] += 1
        return seen

    with ThreadPoolExecutor(12) as pool:
        results = sum(pool.map(writer, range(12)), Counter())
    assert results.keys() <= {"done", "409", "412"}
    assert results["done"] > 20
    for identity, seats in slots.items():
        live = three.search("Appointment", [("slot", f"Slot/{identity}"), ("status", "booked")]).matches
        assert {each["id"] for each in live} == seats_of(engine, identity).keys()
        assert set(seats_of(engine, identity).values()) <= set(range(seats))


def _act(
    client: FhirClient, random: Random, mine: list[dict[str, Any]], key: str, slots: dict[str, int]
) -> list[dict[str, Any]]:
    """Book, cancel or move one, with the Slots written in the same transaction in any order; what is held then."""
    target = random.choice(list(slots))
    kind = random.choice(["book", "cancel", "move"]) if mine else "book"
    one = mine[0] if mine else {}
    entry = {
        "book": lambda: create_entry(appointment(target, key=key)),
        "cancel": lambda: update_entry(one | {"status": "cancelled"}),
        "move": lambda: update_entry(one | {"slot": [{"reference": f"Slot/{target}"}]}),
    }[kind]()
    also = [update_entry(room(each, slots[each], status="busy")) for each in random.sample(list(slots), 2)]
    entries = [entry, *also]
    random.shuffle(entries)
    answer = next(a.resource for e, a in zip(entries, client.transaction(entries), strict=True) if e is entry)
    assert answer is not None
    return [*mine, answer] if kind == "book" else mine[1:] + ([answer] if kind == "move" else [])
