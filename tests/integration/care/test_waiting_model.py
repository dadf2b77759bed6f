"""Random joining, freeing, answering and waiting against what must always hold of the list."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from latido.care.booking.patients import Person
from latido.care.booking.settling import sweep
from latido.care.errors import AlreadyBooked, HoldExpired
from latido.care.places.locate import Near
from latido.care.rules.gestation import GestationalAge
from latido.care.rules.priority import Answers
from latido.care.services import Care
from latido.care.waiting.answering import accept, decline, leave
from latido.care.waiting.joining import Joining, join
from latido.care.waiting.offering import offer_released
from latido.care.waiting.tables import decisions, entries, offers
from tests.integration.care.conftest import NOW, Clock
from tests.integration.care.waiting_story import all_told, answer_id, free, key, told, wrote
from tests.integration.care.waiting_story import waiting as waiting

SLOTS = ["cesac-1-prenatal-20261124T0900", "cesac-1-prenatal-20261124T0920", "cesac-16-prenatal-20261125T1400"]
NAMES = ["ana", "eva", "luz", "sol"]
ANSWERS = [Answers(prior_checkups="none"), Answers(conditions="yes"), Answers()]
steps = st.lists(
    st.tuples(
        st.sampled_from(["join", "join", "free", "round", "round", "accept", "decline", "leave", "pass"]),
        st.integers(0, len(NAMES) - 1),
        st.integers(0, 2),
    ),
    min_size=6,
    max_size=16,
)
runs = iter(range(10**6))


@given(script=steps)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_each_slot_and_each_person_has_one_offer_and_nothing_is_lost(
    waiting: Care, clock: Clock, script: list[tuple[str, int, int]]
) -> None:
    run, clock.now = next(runs), NOW
    close_all(waiting)
    names = [f"{name}{run}" for name in NAMES]
    for number, (what, who, which) in enumerate(script):
        perform(waiting, clock, what, names[who], which, f"SM{run}-{number}")
        assert_holds(waiting, names)
    for name in names:
        everybody_leaves(waiting, name, f"SM{run}-end-{name}")
    assert_nothing_stays_held(waiting)
    cancel_all(waiting)


def perform(care: Care, clock: Clock, what: str, name: str, which: int, sid: str) -> None:
    wrote(care, name)
    if what == "join":
        age = GestationalAge(12 + 4 * which, 12 + 4 * which, NOW.date())
        wish = Joining(
            sid, key(name), "prenatal", Person("self"), Near(neighbourhood="barracas"), None, age, ANSWERS[which]
        )
        quietly(lambda: join(care, wish))
    elif what == "free":
        if care.fhir.read("Slot", SLOTS[which])["status"] == "busy-unavailable":
            free(care, SLOTS[which])
    elif what == "pass":
        clock.now += timedelta(minutes=20)
        sweep(care)
    elif what == "round":
        offer_released(care)
    elif told(care, name):
        answer = {"accept": accept, "decline": decline, "leave": leave}[what]
        quietly(lambda: answer(care, answer_id(care, name), key(name), sid))


def quietly(call: Any) -> None:
    """A refusal is an answer too."""
    with suppress(HoldExpired, AlreadyBooked):
        call()


def assert_holds(care: Care, names: list[str]) -> None:
    with care.engine.connect() as connection:
        made = connection.execute(select(offers)).all()
        people = {row.id: row for row in connection.execute(select(entries))}
        chosen = {row.id: row for row in connection.execute(select(decisions))}
    told_of = [(row.entry_id, row.slot_id) for row in made if row.told_at is not None]
    assert len(told_of) == len(set(told_of)), "each slot is offered to each at most once"
    mine = {row.id for row in people.values() if row.resident in {key(name) for name in names}}
    assert sum(1 for entry, _ in told_of if entry in mine) == sum(all_told(care, *names)), "told once for each"
    live = care.fhir.search("Appointment", [("status", "pending,booked"), ("_count", "200")]).matches
    seats = [each["slot"][0]["reference"].split("/")[1] for each in live]
    assert len(seats) == len(set(seats)), "no slot has two"
    for row in made:
        assert chosen[row.decision_id].chosen == row.entry_id and chosen[row.decision_id].slot_id == row.slot_id
        if row.state == "open":
            assert people[row.entry_id].state in ("offered", "booked", "left")
    for row in people.values():
        assert (row.details_sealed == b"") == (row.state not in ("waiting", "offered"))


def close_all(care: Care) -> None:
    for slot_id in SLOTS:
        slot = care.fhir.read("Slot", slot_id)
        care.fhir.update({**slot, "status": "busy-unavailable"})


def everybody_leaves(care: Care, name: str, sid: str) -> None:
    with care.engine.connect() as connection:
        mine = connection.execute(select(entries.c.id).where(entries.c.resident == key(name))).scalars().all()
    for number, entry in enumerate(mine):
        leave(care, entry, key(name), f"{sid}-{number}")


def assert_nothing_stays_held(care: Care) -> None:
    live = care.fhir.search("Appointment", [("status", "pending,booked"), ("_count", "200")]).matches
    assert [each["status"] for each in live] == ["booked"] * len(live)
    taken = {each["slot"][0]["reference"].split("/")[1] for each in live}
    assert {slot for slot in SLOTS if care.fhir.read("Slot", slot)["status"] in ("busy", "busy-tentative")} == taken


def cancel_all(care: Care) -> None:
    for each in care.fhir.search("Appointment", [("status", "booked"), ("_count", "200")]).matches:
        coding = [{"system": "http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason", "code": "pat"}]
        care.fhir.update({**each, "status": "cancelled", "cancelationReason": {"coding": coding}})
