"""Answers to what the waiting list offers: taken, declined, left unanswered, overtaken by another booking."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from latido.care.booking.book import book
from latido.care.booking.hold import hold
from latido.care.booking.patients import Person
from latido.care.booking.settling import sweep
from latido.care.booking.wish import Booking
from latido.care.errors import HoldExpired, Missing
from latido.care.services import BUENOS_AIRES, Care
from latido.care.waiting.answering import accept, decline, leave
from latido.care.waiting.candidates import candidates
from latido.care.waiting.entries import entries_by_id
from latido.care.waiting.joining import entries_of
from latido.care.waiting.offering import offer_released
from latido.care.waiting.settling import forget_old
from latido.care.waiting.tables import decisions, entries
from latido.fhir.server import FhirServer
from tests.integration.care.conftest import NOW, Clock, served
from tests.integration.care.foreign import Leaky, WithOperations, WithoutTransactions, on
from tests.integration.care.waiting_story import (
    DAY,
    MINUTE,
    SLOT,
    all_told,
    answer_id,
    free,
    joins,
    key,
    last_decision,
    slot_status,
    state_of,
)
from tests.integration.care.waiting_story import waiting as waiting


def test_accepting_books_the_held_slot_and_ends_the_wait(waiting: Care):
    joins(waiting, "ana")
    free(waiting)
    offer_released(waiting)
    identity = answer_id(waiting, "ana")
    answer = accept(waiting, identity, key("ana"), "SM:accept")
    assert answer["appointment"]["status"] == "booked" and slot_status(waiting) == "busy"
    assert state_of(waiting, "ana") == "booked"
    assert accept(waiting, identity, key("ana"), "SM:accept") == answer
    assert waiting.fhir.search("Appointment", [("status", "waitlist")]).matches == []


def test_declining_passes_the_slot_to_the_next_and_never_back(waiting: Care):
    for name, weeks in (("ana", 30), ("eva", 28), ("luz", 26)):
        joins(waiting, name, weeks)
    free(waiting)
    offer_released(waiting)
    entry = decline(waiting, answer_id(waiting, "ana"), key("ana"), "SM:no")["entry"]
    assert entry["state"] == "waiting" and slot_status(waiting) == "free"
    assert offer_released(waiting) == 1
    decline(waiting, answer_id(waiting, "eva"), key("eva"), "SM:no2")
    offer_released(waiting)
    assert all_told(waiting, "ana", "eva", "luz") == [1, 1, 1]
    passed = {one["entry"]: one["reason"] for one in last_decision(waiting).considered}
    assert passed[entry["id"]] == "declined_this_slot"


def test_an_unanswered_offer_goes_to_the_next(waiting: Care, clock: Clock):
    joins(waiting, "ana", 30)
    joins(waiting, "eva", 28)
    free(waiting)
    offer_released(waiting)
    clock.now += 31 * MINUTE
    assert offer_released(waiting) == 1
    assert all_told(waiting, "ana", "eva") == [1, 1]
    assert (state_of(waiting, "ana"), state_of(waiting, "eva")) == ("waiting", "offered")
    with pytest.raises(HoldExpired):
        accept(waiting, answer_id(waiting, "ana"), key("ana"), "SM:late")
    assert state_of(waiting, "ana") == "waiting"


def test_an_offer_that_ran_out_is_still_hers_while_nobody_else_took_it(waiting: Care, clock: Clock):
    joins(waiting, "ana")
    free(waiting)
    offer_released(waiting)
    clock.now += 31 * MINUTE
    offer_released(waiting)
    assert slot_status(waiting) == "free"
    assert accept(waiting, answer_id(waiting, "ana"), key("ana"), "SM:late")["appointment"]["status"] == "booked"
    assert state_of(waiting, "ana") == "booked"


def test_an_old_button_never_takes_a_newer_offer(waiting: Care, clock: Clock):
    joins(waiting, "ana")
    joins(waiting, "eva", 20)
    free(waiting)
    offer_released(waiting)
    clock.now += 31 * MINUTE
    offer_released(waiting)
    free(waiting, "cesac-1-prenatal-20261124T0920")
    offer_released(waiting)
    assert all_told(waiting, "ana", "eva") == [2, 1]
    with pytest.raises(HoldExpired):
        accept(waiting, answer_id(waiting, "ana", 0), key("ana"), "SM:old")
    assert slot_status(waiting, "cesac-1-prenatal-20261124T0920") == "busy-tentative"


def test_leaving_frees_the_held_slot(waiting: Care):
    joins(waiting, "ana")
    free(waiting)
    offer_released(waiting)
    answer = leave(waiting, answer_id(waiting, "ana"), key("ana"), "SM:leave")
    assert answer["entry"]["state"] == "left" and slot_status(waiting) == "free"
    assert leave(waiting, answer_id(waiting, "ana"), key("ana"), "SM:leave") == answer
    assert entries_of(waiting, key("ana")) == {"entries": []}


def test_nobody_touches_the_entry_of_another_resident(waiting: Care):
    entry = joins(waiting, "ana")
    for answer in (accept, decline, leave):
        with pytest.raises(Missing):
            answer(waiting, entry["id"], key("eva"), f"SM:{answer.__name__}")


def test_what_is_kept_of_her_is_sealed_and_dropped_when_she_leaves(waiting: Care):
    entry = joins(waiting, "ana")
    with waiting.engine.connect() as connection:
        row = connection.execute(select(entries)).one()
    assert (row.area, row.weeks) == ("Barracas", 24)
    assert not {"none", "-34."} & {str(value)[:4] for value in row._mapping.values()}
    leave(waiting, entry["id"], key("ana"), "SM:leave")
    with waiting.engine.connect() as connection:
        assert connection.execute(select(entries.c.details_sealed)).scalar_one() == b""


@pytest.mark.parametrize("way", ["book", "confirm of another hold"])
def test_booking_elsewhere_ends_the_entry_and_frees_what_was_held(waiting: Care, way: str):
    joins(waiting, "ana")
    free(waiting)
    offer_released(waiting)
    other = "cesac-9-prenatal-20261124T0800"
    free(waiting, other)
    wanted = Booking("SM:own", key("ana"), other, "prenatal", Person("self"))
    if way == "book":
        book(waiting, wanted)
    else:
        hold(waiting, wanted)
    offer_released(waiting)
    assert slot_status(waiting) == "free"
    assert state_of(waiting, "ana") == ("booked" if way == "book" else "waiting")


LATER = "cesac-1-prenatal-20261130T0900"


def books_beyond_her_target(waiting: Care, name: str) -> str:
    """She takes what there is, a week from now, and stays on the list; the id of the appointment."""
    free(waiting, LATER)
    wanted = Booking(f"SM-{name}:own", key(name), LATER, "prenatal", Person("self"))
    booked = book(waiting, wanted)[0]["appointment"]
    offer_released(waiting)
    assert state_of(waiting, name) == "waiting"
    return str(booked["id"])


def test_with_a_late_slot_she_goes_on_waiting_and_moves_to_the_earlier_one(waiting: Care):
    joins(waiting, "ana")
    later = books_beyond_her_target(waiting, "ana")
    free(waiting)
    offer_released(waiting)
    assert waiting.fhir.read("Appointment", later)["status"] == "booked"
    answer = accept(waiting, answer_id(waiting, "ana"), key("ana"), "SM:yes")
    assert (answer["replaced"]["id"], answer["replaced"]["status"]) == (later, "cancelled")
    assert state_of(waiting, "ana") == "booked"
    live = waiting.fhir.search("Appointment", [("status", "pending,booked")]).matches
    assert [each["id"] for each in live] == [answer["appointment"]["id"]]
    assert (slot_status(waiting), slot_status(waiting, LATER)) == ("busy", "free")


def test_who_says_no_keeps_the_late_slot_she_has(waiting: Care):
    joins(waiting, "ana")
    later = books_beyond_her_target(waiting, "ana")
    free(waiting)
    offer_released(waiting)
    decline(waiting, answer_id(waiting, "ana"), key("ana"), "SM:no")
    assert waiting.fhir.read("Appointment", later)["status"] == "booked" and slot_status(waiting) == "free"
    leave(waiting, answer_id(waiting, "ana"), key("ana"), "SM:leave")
    assert waiting.fhir.read("Appointment", later)["status"] == "booked"


def test_what_ended_long_ago_is_forgotten_with_its_record(waiting: Care, clock: Clock):
    joins(waiting, "ana", 30)
    joins(waiting, "eva", 20)
    free(waiting)
    offer_released(waiting)
    accept(waiting, answer_id(waiting, "ana"), key("ana"), "SM:yes")
    assert forget_old(waiting.engine, clock.now - DAY) == 0
    assert forget_old(waiting.engine, clock.now + DAY) == 1
    with waiting.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(decisions)).scalar_one() == 0
        assert connection.execute(select(entries.c.resident)).scalars().all() == [key("eva")]


@pytest.mark.parametrize("make", [WithoutTransactions, Leaky, WithOperations])
def test_servers_of_other_makes_offer_decline_and_accept_alike(waiting: Care, make: Any):
    there = on(waiting, make(FhirServer(waiting.engine, waiting.vault)))
    joins(there, "ana", 30)
    joins(there, "eva", 20)
    free(waiting)
    offer_released(there)
    assert all_told(there, "ana", "eva") == [1, 0] and slot_status(waiting) == "busy-tentative"
    decline(there, answer_id(there, "ana"), key("ana"), "SM:no")
    offer_released(there)
    assert accept(there, answer_id(there, "eva"), key("eva"), "SM:yes")["appointment"]["status"] == "booked"
    assert slot_status(waiting) == "busy"
    assert [one["position"] for one in entries_of(there, key("ana"))["entries"]] == [1]


def test_the_sweep_of_holds_and_ours_agree(waiting: Care, clock: Clock):
    """The hold runs out in the ledger first: its slot is offered to the next all the same."""
    joins(waiting, "ana", 30)
    joins(waiting, "eva", 20)
    free(waiting)
    offer_released(waiting)
    clock.now += 31 * MINUTE
    sweep(waiting)
    offer_released(waiting)
    assert all_told(waiting, "ana", "eva") == [1, 1]
    assert NOW.tzinfo is BUENOS_AIRES and state_of(waiting, "ana") == "waiting"


def test_another_slot_keeps_the_person_weeks_and_priority_of_her_entry(waiting: Care):
    entry = joins(waiting, "ana")
    free(waiting)
    with served(waiting) as api:
        ask = {"resident": key("ana"), "waiting_entry": entry["id"]}
        found = api.post("/offers", ask).json()
        assert found["priority"]["class"] == "top" and [slot["slot_id"] for slot in found["slots"]] == [SLOT]
        held = api.post("/holds", ask | {"idempotency_key": "SM1:hold", "slot_id": SLOT, "service": "prenatal"})
        assert (held.status_code, held.json()["appointment"]["priority"]["class"]) == (201, "top")
        path = f"/holds/{held.json()['hold']['id']}/confirm"
        confirmed = api.post(path, {"idempotency_key": "SM2:confirm", "resident": key("ana")}).json()["appointment"]
        kept = waiting.fhir.read("Appointment", confirmed["id"])["extension"]
        assert any(part["url"] == "urn:latido:gestational-age" for part in kept)
        assert api.get(f"/residents/{key('ana')}/waiting-list").json() == {"entries": []}
        assert api.post("/offers", ask | {"resident": key("eva")}).status_code == 404


def test_a_refusal_comes_with_other_slots_of_her_own_class(waiting: Care, clock: Clock):
    joins(waiting, "ana", 30)
    joins(waiting, "eva", 20)
    free(waiting)
    offer_released(waiting)
    clock.now += 31 * MINUTE
    offer_released(waiting)
    free(waiting, "cesac-9-prenatal-20261124T0800")
    with pytest.raises(HoldExpired) as refused:
        accept(waiting, answer_id(waiting, "ana"), key("ana"), "SM:late")
    assert refused.value.offers["priority"]["class"] == "top"
    assert [slot["slot_id"] for slot in refused.value.offers["slots"]] == ["cesac-9-prenatal-20261124T0800"]


def test_a_booking_made_during_a_round_is_seen_when_it_is_decided(waiting: Care):
    entry = joins(waiting, "ana")
    free(waiting)
    book(waiting, Booking("SM:own", key("ana"), SLOT, "prenatal", Person("self")))
    with waiting.engine.connect() as connection:
        found = entries_by_id(connection, waiting.vault, [entry["id"]])[entry["id"]]
        [seen] = candidates(waiting, connection, [found], waiting.local_now())
    assert seen.booked and not seen.has_offer
