"""Two live appointments never hold one slot, whatever way the writer takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import Engine, func, select

from latido.fhir.bundles import create_entry, update_entry
from latido.fhir.client import FhirClient
from latido.fhir.errors import Conflict
from latido.fhir.server.tables import slot_occupancy

from .conftest import appointment, slot

RACERS = 50


def race(attempt: Callable[[int], object]) -> Counter[str]:
    """What each of the racers got, all starting at once."""
    start = Barrier(RACERS)

    def run(number: int) -> str:
        start.wait()
        try:
            attempt(number)
        except Conflict as conflict:
            return f"conflict {conflict.status}"
        return "won"

    with ThreadPoolExecutor(RACERS) as pool:
        return Counter(pool.map(run, range(RACERS)))


def live_holders(engine: Engine, slot_id: str) -> int:
    table = slot_occupancy
    query = select(func.count()).select_from(table).where(table.c.slot_id == slot_id, table.c.live)
    with engine.connect() as connection:
        return connection.scalars(query).one()


def test_fifty_creates_race_for_one_slot(agenda: FhirClient, engine: Engine):
    results = race(lambda number: agenda.create(appointment("s1", key=f"SM{number}:book")))
    assert results == {"won": 1, "conflict 409": RACERS - 1}
    assert live_holders(engine, "s1") == 1
    assert len(agenda.search("Appointment", [("slot", "Slot/s1"), ("status", "booked")]).matches) == 1


def test_fifty_transactions_race_for_one_slot(agenda: FhirClient, engine: Engine):
    def book(number: int) -> None:
        agenda.transaction(
            [
                create_entry(
                    appointment("s1", key=f"SM{number}:book"), f"identifier=urn:latido:booking|SM{number}:book"
                ),
                update_entry(slot("s1", index=1, status="busy"), if_match="1"),
            ]
        )

    results = race(book)
    assert results["won"] == 1
    assert results["conflict 409"] + results["conflict 412"] == RACERS - 1
    assert live_holders(engine, "s1") == 1
    assert agenda.read("Slot", "s1")["meta"]["versionId"] == "2"
    assert agenda.search("Appointment", [("_summary", "count")]).total == 1


def test_mixed_orders_do_not_deadlock(agenda: FhirClient, engine: Engine):
    def book(number: int) -> None:
        create = create_entry(appointment("s1", key=f"SM{number}:book"))
        take = update_entry(slot("s1", index=1, status="busy"))
        also = update_entry(slot("s2", index=2, status="busy"))
        orders = ([create, take, also], [also, take, create], [take, create], [create])
        agenda.transaction(orders[number % 4])

    results = race(book)
    assert results == {"won": 1, "conflict 409": RACERS - 1}
    assert live_holders(engine, "s1") == 1


def test_the_same_conditional_create_fifty_times_makes_one(agenda: FhirClient):
    results = race(lambda _: agenda.create(appointment("s1"), if_none_exist="identifier=urn:latido:booking|SM1:book"))
    assert results == {"won": RACERS}
    assert agenda.search("Appointment", [("_summary", "count")]).total == 1


def test_fifty_updates_of_one_version(agenda: FhirClient):
    results = race(lambda _: agenda.update(slot("s1", index=1, status="busy"), if_match="1"))
    assert results == {"won": 1, "conflict 412": RACERS - 1}


@pytest.mark.parametrize("status", ["pending", "booked", "arrived", "checked-in"])
def test_live_states_hold_the_slot(agenda: FhirClient, status: str):
    agenda.create(appointment("s1", key="a", status=status))
    with pytest.raises(Conflict) as caught:
        agenda.create(appointment("s1", key="b"))
    assert caught.value.status == 409
    assert caught.value.places == ["Appointment.slot"]


@pytest.mark.parametrize("status", ["cancelled", "noshow", "fulfilled", "entered-in-error", "proposed", "waitlist"])
def test_other_states_do_not(agenda: FhirClient, status: str):
    agenda.create(appointment("s1", key="a", status=status))
    agenda.create(appointment("s1", key="b"))


def test_an_update_cannot_move_onto_a_taken_slot(agenda: FhirClient):
    agenda.create(appointment("s1", key="a"))
    second = agenda.create(appointment("s2", key="b"))
    with pytest.raises(Conflict):
        agenda.update(second | {"slot": [{"reference": "Slot/s1"}]})


def test_an_update_cannot_revive_onto_a_taken_slot(agenda: FhirClient):
    first = agenda.create(appointment("s1", key="a"))
    cancelled = agenda.update(first | {"status": "cancelled"})
    agenda.create(appointment("s1", key="b"))
    with pytest.raises(Conflict):
        agenda.update(cancelled | {"status": "booked"})


def test_cancelling_frees_the_slot(agenda: FhirClient, engine: Engine):
    first = agenda.create(appointment("s1", key="a"))
    agenda.update(first | {"status": "cancelled"})
    assert live_holders(engine, "s1") == 0
    agenda.create(appointment("s1", key="b"))


def test_two_appointments_swap_their_slots_in_one_transaction(agenda: FhirClient, engine: Engine):
    first = agenda.create(appointment("s1", key="a"))
    second = agenda.create(appointment("s2", key="b"))
    agenda.transaction(
        [
            update_entry(first | {"slot": [{"reference": "Slot/s2"}]}, if_match="1"),
            update_entry(second | {"slot": [{"reference": "Slot/s1"}]}, if_match="1"),
        ]
    )
    assert live_holders(engine, "s1") == live_holders(engine, "s2") == 1


def test_a_slot_written_as_a_url_or_a_version_is_the_same_slot(agenda: FhirClient):
    agenda.create(appointment("s1", key="a"))
    for literal in ("http://fhir.embedded/fhir/R4/Slot/s1", "Slot/s1/_history/1"):
        with pytest.raises(Conflict):
            agenda.create(appointment("s1", key="b") | {"slot": [{"reference": literal}]})
