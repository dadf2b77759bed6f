"""The waiting list: joining, who is offered what is free, and what is written down."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from latido.care.booking.book import book
from latido.care.booking.cancel import cancel
from latido.care.booking.hold import hold
from latido.care.booking.patients import Person
from latido.care.booking.wish import Booking
from latido.care.errors import AlreadyBooked
from latido.care.residents import CHAT, withdraw_consent
from latido.care.rules.gestation import GestationalAge
from latido.care.rules.priority import Answers
from latido.care.services import Care
from latido.care.waiting.answering import decline, leave
from latido.care.waiting.entries import Entry, entries_by_id, put_on_list
from latido.care.waiting.free_slots import note_release
from latido.care.waiting.joining import Joining, advice, entries_of, join
from latido.care.waiting.offering import offer_released
from latido.care.waiting.tables import decisions, entries, offers
from latido.messaging.tables import alert, message
from tests.integration.care.conftest import NOW, Clock, served
from tests.integration.care.waiting_story import (
    BARRACAS,
    DAY,
    FAR,
    HOUR,
    SLOT,
    TOP,
    all_told,
    answer_id,
    entry_of,
    free,
    joins,
    key,
    last_decision,
    slot_status,
    state_of,
    told,
    wrote,
)
from tests.integration.care.waiting_story import waiting as waiting


def test_she_joins_once_and_keeps_her_place(waiting: Care, clock: Clock):
    first = joins(waiting, "ana", weeks=12, answers=Answers())
    clock.now += DAY
    later = join(
        waiting,
        Joining(
            "SM-again",
            key("ana"),
            "prenatal",
            Person("self"),
            BARRACAS,
            age=GestationalAge(24, 24, NOW.date()),
            answers=TOP,
        ),
    )
    assert later[1] is False and later[0]["entry"]["id"] == first["id"]
    assert later[0]["entry"]["since"] == first["since"]
    assert (first["priority"]["class"], later[0]["entry"]["priority"]["class"]) == ("routine", "top")
    assert first["state"] == "waiting" and first["position"] == 1 and first["offer"] is None


def test_the_same_key_gives_the_first_answer(waiting: Care):
    first = joins(waiting, "ana")
    assert joins(waiting, "ana") == first


def test_two_joining_at_once_are_one_entry(waiting: Care):
    wrote(waiting, "ana")
    wanted = [Joining(f"SM{n}", key("ana"), "prenatal", Person("self"), BARRACAS) for n in range(6)]
    threads = [threading.Thread(target=join, args=(waiting, each)) for each in wanted]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(entries_of(waiting, key("ana"))["entries"]) == 1
    assert len(waiting.fhir.search("Appointment", [("status", "waitlist")]).matches) == 1


def test_many_join_over_one_connection(waiting: Care):
    """A statement that the driver has prepared must still find the partial index."""
    entry = entries_one(waiting, joins(waiting, "ana")["id"])
    with waiting.engine.begin() as connection:
        for number in range(25):
            one = replace(entry, id=f"entry-{number}", patient_key=f"somebody-{number}")
            assert put_on_list(connection, waiting.vault, one).id == one.id
            assert put_on_list(connection, waiting.vault, replace(one, id="another")).id == one.id


def entries_one(care: Care, entry_id: str) -> Entry:
    with care.engine.connect() as connection:
        return entries_by_id(connection, care.vault, [entry_id])[entry_id]


def test_who_has_an_appointment_does_not_wait_for_another(care: Care):
    book(care, Booking("SM1", key("ana"), SLOT, "prenatal", Person("self")))
    with pytest.raises(AlreadyBooked):
        joins(care, "ana")


def test_the_position_counts_those_before_her_who_could_take_the_same_slots(waiting: Care):
    joins(waiting, "far", weeks=40, center_number=FAR)
    joins(waiting, "first", weeks=30)
    joins(waiting, "second", weeks=25)
    assert joins(waiting, "third", weeks=20)["position"] == 3
    assert entry_of(waiting, "first")["position"] == 1


def test_an_entry_is_a_waitlist_appointment_on_the_server_until_it_ends(waiting: Care):
    entry = joins(waiting, "ana", center_number=1)
    shown = waiting.fhir.search("Appointment", [("status", "waitlist")]).matches[0]
    assert "slot" not in shown and shown["requestedPeriod"][0]["start"] and shown["priority"] == 1
    leave(waiting, entry["id"], key("ana"), "SM:leave")
    assert waiting.fhir.read("Appointment", shown["id"])["status"] == "cancelled"


def test_a_freed_slot_goes_to_the_next_by_class_week_wait_and_distance(waiting: Care, clock: Clock):
    joins(waiting, "routine", weeks=39, answers=Answers())
    joins(waiting, "early", weeks=22)
    joins(waiting, "late", weeks=30)
    free(waiting)
    assert offer_released(waiting) == 1
    assert all_told(waiting, "late", "early", "routine") == [1, 0, 0]
    assert slot_status(waiting) == "busy-tentative"
    entry = entry_of(waiting, "late")
    assert entry["state"] == "offered" and entry["offer"]["appointment"]["status"] == "pending"
    assert offer_released(waiting) == 0


def test_what_she_reads_is_short_neutral_and_has_three_answers(waiting: Care):
    joins(waiting, "ana")
    free(waiting)
    offer_released(waiting)
    reply = told(waiting, "ana")[0]
    assert reply.text.startswith("Se liberó un turno: martes 24 de noviembre a las 9:00, en CeSAC N° 1")
    assert "hasta las 10:45" in reply.text
    assert not any(word in reply.text.lower() for word in ("prenatal", "embaraz", "semanas", "control"))
    assert [button.title for button in reply.buttons] == ["Lo quiero", "No puedo", "Salir de la lista"]
    answers = [json.loads(b.payload.removeprefix("/waiting_list_answer"))["waiting_answer"] for b in reply.buttons]
    assert answers == ["accept", "decline", "leave"]


def test_who_is_deciding_about_a_slot_of_her_own_is_not_offered_another(waiting: Care):
    joins(waiting, "ana", 30)
    joins(waiting, "eva", 20)
    free(waiting, "cesac-9-prenatal-20261124T0800")
    own = hold(waiting, Booking("SM:own", key("ana"), "cesac-9-prenatal-20261124T0800", "prenatal", Person("self")))[0]
    free(waiting)
    offer_released(waiting)
    assert all_told(waiting, "ana", "eva") == [0, 1]
    assert waiting.fhir.read("Appointment", own["hold"]["id"])["status"] == "pending"


def test_nothing_is_offered_at_night_and_the_first_keeps_her_turn(waiting: Care, clock: Clock):
    joins(waiting, "ana", 30)
    clock.now = NOW.replace(hour=21, minute=0)
    joins(waiting, "eva", 20)
    free(waiting, "cesac-16-prenatal-20261125T1400")
    assert offer_released(waiting) == 0
    assert all_told(waiting, "ana", "eva") == [0, 0]
    clock.now = (NOW + DAY).replace(hour=8, minute=0)
    assert offer_released(waiting) == 1
    assert all_told(waiting, "ana", "eva") == [1, 0]


def test_who_cannot_be_written_to_is_passed_over_and_listed_for_a_call(waiting: Care, clock: Clock):
    joins(waiting, "ana", 30)
    joins(waiting, "eva", 20)
    wrote(waiting, "ana", clock.now - 25 * HOUR)
    free(waiting)
    offer_released(waiting)
    assert all_told(waiting, "ana", "eva") == [0, 1]
    assert unreachable(waiting) == ["ana"]
    offer_released(waiting)
    with waiting.engine.connect() as connection:
        assert connection.execute(select(alert.c.kind, alert.c.resident)).all() == [("waiting_call", key("ana"))]
    decline(waiting, answer_id(waiting, "eva"), key("eva"), "SM:no")
    wrote(waiting, "ana")
    offer_released(waiting)
    assert all_told(waiting, "ana", "eva") == [1, 1] and unreachable(waiting) == []


def test_who_took_back_her_consent_is_not_written_to(waiting: Care):
    joins(waiting, "ana", 30)
    joins(waiting, "eva", 20)
    with waiting.engine.begin() as connection:
        withdraw_consent(connection, key("ana"), CHAT, waiting.now())
    free(waiting)
    offer_released(waiting)
    assert all_told(waiting, "ana", "eva") == [0, 1] and unreachable(waiting) == []


def unreachable(care: Care) -> list[str]:
    query = select(entries.c.resident).where(entries.c.unreachable_since.is_not(None))
    with care.engine.connect() as connection:
        found = set(connection.execute(query).scalars())
    return [name for name in ("ana", "eva") if key(name) in found]


def test_a_cancelled_appointment_is_offered_and_the_record_says_why(waiting: Care):
    free(waiting)
    made = book(waiting, Booking("SM1", key("other"), SLOT, "prenatal", Person("self")))[0]["appointment"]
    joins(waiting, "ana", 30, center_number=16)
    joins(waiting, "eva", 20)
    cancel(waiting, made["id"], key("other"), "SM2")
    offer_released(waiting)
    decision = last_decision(waiting)
    assert [one["reason"] for one in decision.considered] == ["not_wanted_center", None]
    assert decision.chosen == decision.considered[1]["entry"]
    assert key("ana") not in json.dumps(decision.considered)


def test_a_released_slot_that_nobody_can_take_is_recorded_once(waiting: Care):
    joins(waiting, "ana")
    wrote(waiting, "ana", NOW - 25 * HOUR)
    free(waiting)
    note_release(waiting.engine, SLOT, waiting.now())
    offer_released(waiting)
    offer_released(waiting)
    decision = last_decision(waiting)
    assert (decision.slot_id, decision.chosen) == (SLOT, None)
    assert [one["reason"] for one in decision.considered] == ["window_closed"]
    with waiting.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(decisions)).scalar_one() == 1


def test_workers_that_race_offer_each_slot_and_each_person_once(waiting: Care):
    slots = [SLOT, "cesac-1-prenatal-20261124T0920", "cesac-1-prenatal-20261124T0940", "cesac-9-prenatal-20261124T0800"]
    names = [f"r{n}" for n in range(8)]
    for number, name in enumerate(names):
        joins(waiting, name, 20 + number)
    for slot in slots:
        free(waiting, slot)
    failures = in_parallel(lambda: offer_released(waiting), 5)
    assert failures == []
    offer_released(waiting)
    with waiting.engine.connect() as connection:
        rows = connection.execute(select(offers.c.slot_id, offers.c.entry_id, offers.c.state)).all()
    assert sorted(row.slot_id for row in rows if row.state == "open") == sorted(slots)
    assert sum(all_told(waiting, *names)) == len(slots) and max(all_told(waiting, *names)) == 1
    assert all_told(waiting, *names) == [0, 0, 0, 0, 1, 1, 1, 1]


def in_parallel(work: Callable[[], object], times: int) -> list[Exception]:
    failures: list[Exception] = []

    def run() -> None:
        try:
            work()
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


def test_an_entry_ends_after_its_time(waiting: Care, clock: Clock):
    joins(waiting, "ana", 40)
    clock.now += timedelta(weeks=3)
    offer_released(waiting)
    assert state_of(waiting, "ana") == "ended"
    assert waiting.fhir.search("Appointment", [("status", "waitlist")]).matches == []


def test_weeks_that_go_on_raise_her_class(waiting: Care, clock: Clock):
    entry = joins(waiting, "ana", weeks=19)
    clock.now += timedelta(days=7)
    offer_released(waiting)
    with waiting.engine.connect() as connection:
        now_in = connection.execute(select(entries.c.priority_class)).scalar_one()
    assert (entry["priority"]["class"], now_in) == ("priority", "top")


def test_offers_advise_the_list_when_nothing_fits_and_name_her_entry(waiting: Care):
    wrote(waiting, "ana")
    ask = {"resident": key("ana"), "near": {"neighbourhood": "barracas"}, "answers": {"prior_checkups": "none"}}
    weeks = {"gestational_age": {"weeks_min": 24, "weeks_max": 24}}
    with served(waiting) as api:
        assert api.post("/offers", ask | weeks).json()["waiting_list"] == {"advised": True, "entry": None}
        joined = api.post("/waiting-list", ask | weeks | {"idempotency_key": "SM1:join"})
        assert joined.status_code == 201
        entry = joined.json()["entry"]
        assert api.post("/offers", ask | weeks).json()["waiting_list"] == {"advised": False, "entry": entry}
        assert api.get(f"/residents/{key('ana')}/waiting-list").json() == {"entries": [entry]}
        free(waiting)
        offer_released(waiting)
        body = {"idempotency_key": "SM2:accept", "resident": key("ana")}
        accepted = api.post(f"/waiting-list/{answer_id(waiting, 'ana')}/accept", body)
        assert (accepted.status_code, accepted.json()["appointment"]["status"]) == (200, "booked")
        late = api.post(f"/waiting-list/{entry['id']}/decline", {"idempotency_key": "SM3", "resident": key("ana")})
        assert late.json()["entry"]["state"] == "booked"
    with waiting.engine.connect() as connection:
        assert connection.execute(select(func.count()).select_from(message)).scalar_one() == 1


def test_a_slot_within_the_target_is_not_advised_against(care: Care):
    with served(care) as api:
        ask = {"resident": key("ana"), "near": {"neighbourhood": "barracas"}}
        assert api.post("/offers", ask).json()["waiting_list"] == {"advised": False, "entry": None}
    assert advice(care, key("ana"), "prenatal", nothing_fits=False) == {"advised": False, "entry": None}
